"""Forms of lines that state no belief, as regular expressions over one block."""

from __future__ import annotations

import re

MONTH = (
    r"(?:jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|"
    r"sept?(?:ember)?|oct(?:ober)?|nov(?:ember)?|dec(?:ember)?)\.?"
)
DAY = r"(?:mon|tues|wednes|thurs|fri|satur|sun)day"
DATE = (
    rf"(?:(?:{DAY},?\s+)?(?:the\s+)?(?:\d{{1,2}}(?:st|nd|rd|th)?\s+(?:of\s+)?{MONTH},?\s+\d{{4}}|"
    rf"{MONTH}\s+\d{{1,2}}(?:st|nd|rd|th)?,?\s+\d{{4}}|{MONTH}\s+\d{{4}}|"
    r"\d{1,2}[/.]\d{1,2}[/.]\d{2,4}|\d{4}-\d{2}-\d{2}))"
)
SHORT_DATE = rf"(?:{DATE}|\d{{1,2}}\s+{MONTH}|{MONTH}\s+\d{{1,2}}|{DAY})"

RELEASE = re.compile(
    r"\W*(?:for\s+immediate\s+release|(?:press|news|media|public)\s+(?:release|statement|advisory)"
    r"(?!\s+(?:by|from|on)\b)|(?:strictly\s+)?(?:under\s+)?embargo|not\s+for\s+(?:publication|"
    r"broadcast))\b",
    re.I,
)
MARK = re.compile(
    rf"(?:\W*(?:for\s+(?:immediate|public)?\s*(?:release|use|publication|broadcast)|"
    rf"not\s+for\s+publication|immediate|"
    rf"embargoe?d?\s*(?:until|till|to|:|for)?|immediately|noon|midnight|"
    rf"[ACEG][DES]?[SM]T|strictly\s+embargoed|under\s+embargo|"
    rf"(?:press|news|media|public)\s+(?:release|statement|advisory|alert|notice)|statement|"
    rf"in the news|(?:action|legislative|urgent)\s+alert|campaign\s+update|communiqu[ée]|bulletin|"
    rf"circular|manifesto|leaflet|comment|opinion|editorial|blog|q\s?&\s?a|summary|"
    rf"executive\s+summary|"
    rf"(?:the\s+)?(?:meeting|hearing|sitting|session|committee|house)\s+(?:was\s+)?(?:adjourned|"
    rf"rose|"
    rf"suspended|concluded|closed)(?:\s+at)?|"
    rf"check\s+against\s+delivery|as\s+prepared\s+for\s+delivery|{DATE}|"
    rf"\d{{1,2}}[:.]\d{{2}}\s*(?:hrs|gmt|[ap]\.?m\.?)?|[ap]\.?m\.?|ends?|"
    rf"notes?(?:\s+(?:to|for)\s+(?:the\s+)?(?:editors?|media|press))?:?|"
    rf"background(?:\s+information)?|no\.?\s*\d+(?:/\d+)?|\d+/\d{{4}}|by\s+e-?mail|by\s+hand|"
    rf"via\s+\w+|{SHORT_DATE}))+\W*",
    re.I,
)
PLACE_AND_DATE = re.compile(
    rf"[A-ZÀ-Ý][\w.’'À-ÿ/-]*(?:[ ,]+[A-ZÀ-Ý][\w.’'À-ÿ/-]*){{0,3}},?\s+(?i:{SHORT_DATE})\W*"
)
END = re.compile(
    r"\W*(?:#\s*){2,}\W*|\W*(?:30|ends?|more|fin|xxx)\W*|(?:\*\s*){3,}|[-–—_=~]{3,}",
    re.I,
)
ENDED = re.compile(r"\W*(?:(?:#\s*){2,}|30|ends?|fin)\W*|(?:\*\s*){3,}", re.I)
CONTACT = re.compile(
    r"\W*(?:(?:press|media|news|policy|further|editorial|for\s+(?:more|further|additional|media|"
    r"press|comment|interviews?)[\w\s,]{0,40}?)\s*)?(?:contacts?(?:\s+(?:for|person|"
    r"details)\b[\w ]{0,20})?|enquir(?:y|ies)|inquir(?:y|ies)|"
    r"information|details(?:\s+from)?|interviews?|comment|press(?:\s+(?:office|desk))?|phone|"
    r"tel(?:ephone)?|mobile|"
    r"cell|e-?mail|fax|office|bank details|iban)\W*(?::|\||—|–|\s{2,}|\d|please\b|call\b|"
    r"contact\b|$)",
    re.I,
)
REACH = re.compile(
    r"[\w.+-]+@[\w-]+\.\w|\(link sends email\)|(?<![\d/-])(?!\d{4}[-–]\d\d)(?:\+\d|"
    r"\((?!\d{4}[-–]\d{4})\+?\d|\b0\d)[\d ().–-]{6,}\d|\b\d{3}[-. /]{1,2}\d{3}[-. ]\d{4}\b|"
    r"\b\d{3}[-.]\d{4}\b|\(\d{3,4} \d{3,4}\)|\bext\.?\s*\d+",
    re.I,
)
PLEASE = re.compile(
    r"\W*(?:for|to)\s+(?:more|further|additional|media|press|interviews?|arrange|request|"
    r"schedule|a copy|comment|details|enquiries|inquiries|questions|photo\w*|change|update|renew|"
    r"register|subscribe|book|order|join|volunteer)\b.{0,80}\b(?:contact|call|e-?mail|visit|write|"
    r"phone|ring|reach|reply|get in touch|go to|see\s+(?:https?:|www))\b",
    re.I | re.S,
)
AVAILABLE = re.compile(
    r"\W*(?:\w+[\s,]+){0,4}?(?:photo(?:graph)?s?|images?|pictures?|logos?|footage|b-roll|"
    r"interviews?|"
    r"spokes\w+|copies|documents?|data set|transcripts?|recordings?|video\w*|"
    r"translations?|posters?)\b.{0,80}?\b(?:(?:is|are)\s+"
    r"(?:also\s+)?available|available(?:\s+(?:on|at|in|from|for|upon)\b|(?=\W*$))|(?:can|"
    r"may)\s+be\s+(?:viewed|"
    r"downloaded|obtained|used|requested|found|seen|read))\b",
    re.I | re.S,
)
"""What is offered to the press, in a line of its own."""
SPEAKS = re.compile(
    r".{3,80}\b(?:is|are)\s+available\s+(?:for|to)\s+(?:interview|comment|speak|media|the\s+media)",
    re.S,
)
ISSUED = re.compile(
    r"\W*(?:issued|authori[sz]ed|paid for|produced|sponsored|circulated|released)\s+(?:by|"
    r"on behalf)\b",
    re.I,
)
PRODUCED = re.compile(
    r"\W*(?:(?:recorded|translat(?:ed|ion)|transcri(?:bed|ption|pt)|compiled|edited|drafted|"
    r"presented|"
    r"delivered|prepared|submitted|spoken|adopted|agreed|approved|written|text|words|pictures|"
    r"photograph(?:s|ed|y)?|design(?:ed)?|layout|printed|typeset|signed|witnessed|"
    r"sponsored)\b[\s,]*"
    r"(?:and\s+)?){1,3}(?:by|from|in|at|on|for|:|checked)(?=\s)[^!?]{0,120}$",
    re.I | re.S,
)
"""Who made the document, and how."""
LEGAL = re.compile(
    r"\b(?:registered (?:charity|company|office|non-?profit|trade\s?mark)|(?:charity|company|"
    r"registration|VAT|tax) (?:no|number|reg)\b|501\s?\(c\)|ABN\b|ACN\b|EIN\b|tax[- ]deductible|"
    r"all rights reserved|creative commons|CC[ -]BY|not authori[sz]ed by any candidate|"
    r"used (?:by|with) (?:kind )?permission|may be (?:freely )?(?:reproduced|reprinted|copied|"
    r"quoted)"
    r"(?: freely)?|(?:no longer wish|do not wish|don[’']t want) to receive|"
    r"reserves? the right to (?:edit|shorten|refuse|cut)|\bthis (?:statement|article|document|"
    r"e-?mail|"
    r"message|page|newsletter|website|leaflet|release) (?:contains|was (?:first|originally)|"
    r"is (?:also|"
    r"intended|confidential)|may be))",
    re.I,
)
"""Status in law, rights and the way out of a mailing list, in a short paragraph of its own."""
ISSUE = re.compile(
    r"\b(?:issue|vol(?:ume)?|no|nr|number|edition|bulletin|e-?news|newsletter|release|circular)\b"
    r"[.:]?\s*(?:[#№°]\s*)?\d+",
    re.I,
)
"""The number of an issue, a bulletin, a release."""
_PAPERS = (
    r"(?:letters?|cop(?:y|ies)|complaints?|texts?|lists?|reports?|maps?|tables?|photo\w*|pictures?|"
    r"charts?|transcripts?|issues?|fees?|subscriptions?|members|readers|media|journalists?|"
    r"comments?|"
    r"videos?|forms?|expenses|accounts|translations?|minutes|tickets?|quer(?:y|ies)|questions|"
    r"enquir(?:y|ies)|inquir(?:y|ies)|documents?|details|statements?|names?|signatures|notes|"
    r"references|donations|contributions|places|registrations?|deadlines?|dates?|programmes?)"
)
NOTICE = re.compile(
    rf"\W*(?:[\w’'-]+[\s,]+){{0,6}}?{_PAPERS}\b(?:\W+[\w’'-]+){{0,9}}?\W+(?:is|are|be|"
    rf"been)\s+(?:now\s+|also\s+)?"
    r"(?:attached|enclosed|appended|archived|listed|posted|reproduced|overleaf|found\s+(?:at|in|"
    r"on)|"
    r"obtained\s+from|consulted|viewed|downloaded|(?:sent|copied|forwarded|addressed|directed|made|"
    r"returned|submitted|limited)\s+to|withheld|supplied|(?:now\s+)?due|closed|refunded|reminded|"
    r"invited|"
    r"requested|welcome|asked\s+(?:not\s+)?to)\b|"
    rf"\W*(?:[\w’'-]+[\s,]+){{0,3}}?{_PAPERS}\s+(?:close|fall\s+due|attached|enclosed|overleaf|"
    rf"follow)\b",
    re.I,
)
"""What becomes of a paper: "Copies are attached", "Fees are due", "Names have been withheld"."""
ERRAND = re.compile(
    r".{0,80}\bplease\s+(?:note|sign|send|forward|circulate|return|register|credit|bring|contact|"
    r"ring|"
    r"e-?mail|visit|see|find|reply|quote|share|pass|direct|address|print|donate|copy|let us know|"
    r"rsvp|"
    r"do not reply|take one|display|keep)\b|"
    r"\W*(?:sign|send|forward|share|print|return|follow|click|download|watch|listen|register|book|"
    r"order|add|fill in|join|read|see (?:also|the full|photo\w*|pictures|"
    r"our))\b.{0,80}?\b(?:newsletter|"
    r"mailing list|petition|(?:the|this) form|website|web ?page|video|link|on request|tickets|"
    r"membership|on social media|your name|(?:here|below|overleaf|attached|in person)\W*$|"
    r"from [£$€]\d+ a (?:month|year))(?:\b|$)|"
    r"\W*(?:click\b.{0,40}|find out|learn) more\b|.{0,60}\bsee (?:over|overleaf|reverse|attached|"
    r"back page|pp?\.? ?\d+)\b|\W*(?:for|to be) (?:read|display(?:ed)?|published|broadcast)\b|"
    r"\W*(?:ring|call|phone|e-?mail|write to|contact|text|whatsapp)\b.{0,60}\d{3}",
    re.I | re.S,
)
"""What the reader is asked to do with the paper, the site or the office."""
COURTESY = re.compile(
    r"\W*(?:congratulations|welcome|condolences|get well|best wishes)\s+(?:to|from)\b|"
    r"\W*we regret to announce\b|\W*(?:hello|hi),? (?:and )?welcome\b",
    re.I,
)
CITED = re.compile(
    r"\W*(?:\d{1,3}\W+)?[A-ZÀ-Ý][\w’'-]+,\s+(?:[A-Z]\.|[A-Z]\w+,).{0,200}\b(?:1[89]|20)\d\d\b|"
    r".{0,200}\b(?:pp?\.\s*\d|doi\b|ibid\b)",
    re.S,
)
"""An entry of a list of literature."""
QUESTION = re.compile(r"(?:what|who|where|how|when|why)\b[^:.!?]{2,40}", re.I)
"""A heading that promises an answer: "What you can do"."""
EVENT = re.compile(
    rf"\W*[^.:!?]{{2,50}}?(?::|\s[-–—])\s+(?:on\s+)?(?:{SHORT_DATE}|{DAY[:-3]}(?:day)?s?\b|"
    rf"\d{{1,2}}\s*[-–]\s*\d{{1,2}}\s+{MONTH}|\d{{1,2}}(?:[.:]\d\d)?\s*[ap]\.?m\b)|"
    rf"\W*[^.:!?]{{2,50}}?\W(?:every|each|first|second|third|last)\s+{DAY}\b|"
    rf"\W*(?:{DAY}s?|{MONTH})\b[^.!?]{{0,40}}?\W(?:\d{{1,2}}(?:[.:]\d\d)?\s*(?:[ap]\.?m|h\b|hrs|"
    rf"o[’']clock)|"
    rf"\d{{1,2}}[.:]\d\d\b)",
    re.I,
)
"""An announcement: what, then when."""
ABOUT = re.compile(
    r"\W*(?:About|ABOUT)\s+(?:[Uu]s\b|US\b|(?:the|THE)\s+[A-Z]|[A-Z])|\W*(?:(?i:who we are)|"
    r"(?i:(?:about the )?authors?(?: bio\w*)?\W*:|credit line\W*:).*)\W*$",
    re.S,
)
BOILER = re.compile(
    r"(?:is|are)\s+(?:an?|the|one of|made up of)\s+(?:[\w’'()-]+[\s,]+){0,8}?(?:organi[sz]ation|"
    r"councils|charity|union|"
    r"federation|association|coalition|network|non-?profit|think[- ]tank|alliance|advoca\w+|"
    r"institute|group|body|trust|society|party|movement|voice|co-?ordinator|director|president|"
    r"member|fellow|author|professor|researcher|columnist)\b|(?<!which )(?<!who )(?:represents?|"
    r"speaks? for|links|has|"
    r"brings together|unites|serves|registers|consists? of)\s+(?:[\w’',.-]+\s+){0,4}?"
    r"(?:\d[\d,.]*|\w+ (?:hundred|thousand)|"
    r"members|unions|organi[sz]ations|businesses|firms|companies|farmers|congregations)|"
    r"(?:was|were)\s+(?:founded|established|formed|set up)|founded\s+(?:in\s+)?\d{4}|"
    r"(?:is|are)\s+(?:run|funded|supported|financed|governed|led)\s+by",
)
ROLE = re.compile(
    r"\b(?:is|was|are)\s+(?:an?\s+|the\s+)?(?:[\w’'-]+\s+){0,3}?(?:(?:co-?)?founders?|chair\w*|"
    r"directors?|presidents?|secretar(?:y|ies)|conveners?|members?|organi[sz]ers?|spokes\w+|"
    r"co-?ordinators?|officers?|head|fellow|trustees?|(?:emerit\w+ )?professor|lecturer)\s+"
    r"(?:of|at|for|with)\b",
)
"""An author's or official's office; boilerplate when it is one with the partner."""
PURPOSE = re.compile(r"\b(?:protects|promotes|defends|works|campaigns|advocates)\b")
PAST = re.compile(
    r"\b(?!(?:based|related|proposed|united|needed|limited|advanced|required|mixed|aged|red|"
    r"shared)\b)"
    r"[a-z]{2,}ed\b"
)
SALUTATION = re.compile(
    r"(?:dear|hello|hi|to whom it may concern|(?:the\s+)?(?:right\s+)?hon(?:ou?rable|\.)?\s+[A-Z])"
    r"[^.!?]{0,90}[,:]?$|(?:the editor|(?:dear )?(?:sir|madam|friends|colleagues|comrades|members|"
    r"brothers and sisters|(?:mr|madam|ms|mrs)\.? [\w .]{2,40}|excellenc(?:y|ies)|ladies and "
    r"gentlemen|all)[\w ,]{0,60})[,:]$|"
    r"(?-i:[A-ZÀ-Ý])[\w’'-]*(?:\s+[\w’'-]+){0,3},$|"
    r"(?-i:[A-ZÀ-Ý])[\w’'-]+(?:,\s+(?:and\s+|dear\s+|fellow\s+)?[\w’'-]+){1,4}[,:]$|"
    r"(?:to|from|cc|bcc|re|subject|date|encl?(?:osures?)?)\s*:.{0,160}$",
    re.I,
)
CLOSING = re.compile(
    r"\W*(?:(?:yours|very truly|most respectfully|with (?:respect|thanks|best|kind|warm|every)|"
    r"kind regards|warm(?:est)? |best (?:regards|wishes)|respectfully|sincerely|regards|in "
    r"(?:solidarity|faith|peace|hope|friendship|christ)|faithfully)[\w\s’'.,]{0,40},?$|"
    r"signed(?:\s+by|\s+for\b.*)?\W*(?:$|:.*|,.*)|signator(?:y|ies)\W*$|undersigned\W*$|"
    r"(?:the\s+)?(?:following|under-?signed)\s+organi[sz]ations\W*$|c\.?c\.?\s*:|/s/|"
    r"\[(?:original )?signed.{0,40}\]$|I (?:am|remain),? .{0,30}etc\b\W*$|"
    r"(?:I (?:am|remain|have the honou?r)|we (?:are|remain))\b.{0,60}\b(?:yours|"
    r"your \w+(?: \w+)? servants?)\W*$|"
    r"\W*by order of\b.{0,60}$|"
    r"respectfully submitted\W*$|"
    r"names? and address(?:es)? (?:supplied|withheld)\W*$|_{5,}\W*$|"
    r"\(?(?:and\s+)?\d+\s+(?:signatures?|others|further signatories)\b.{0,30}$)",
    re.I,
)
TITLE_OF = re.compile(
    r"\W*(?:an?\s+|the\s+)?(?:(?:joint|open|public|written|prepared|opening|oral|policy|position|"
    r"press|"
    r"official|pastoral|supplementary|further|media|news|final)"
    r"\s+)*(?:statement|testimony|submission|comments?|remarks|speech|address|notes (?:for|of|"
    r"from)|"
    r"declaration|resolution|communiqu[ée]|letter|memorandum|evidence|position(?: paper)?|petition|"
    r"brief|circular|handbill|leaflet|release|speaking notes|verbatim notes)\s+"
    r"(?:of|by|from|to|on|at|as|before|adopted|issued|submitted|given|delivered|for|text|against|"
    r"a)\b.{0,200}[^.!?…:;]$",
    re.I | re.S,
)
"""A document's title that says only what kind of document it is, whose and to whom."""
LABELLED = re.compile(
    r"\W*(?:(?:our|your|case|file)\s+)?(?:ref(?:erence)?\b.{0,40}|docket\b.{0,40}|in re\b.{0,80}|"
    r"(?:status|licen[cs]e|version|distribution|sources?|image|caption|pictured|"
    r"(?:photo|picture) (?:caption|credit)|(?:box|slide|step|map|image|plate|item|no|"
    r"attachment)\s*\d+(?: of \d+)?|"
    r"from|sent|subject|attn|attention|present|attending|apologies|place|venue|languages?|topics?|"
    r"disclaimer|data|methodology|deadline|next (?:issue|meeting|event)|media|hashtags?|bring|"
    r"fees?|"
    r"visuals|photo op\w*|dress code|registration|"
    r"(?:written |posted )?by|editors?|text|design|layout|interview|translation|photo(?:graph)?s?|"
    r"reading time|date(?:d| received)?|for publication.{0,20}|source|fig(?:ure)?\.?\s*\d+|"
    r"table\s*\d+|chart\s*\d+|appendix\s*\w+|annex\s*\w*|exhibit\s*\w+)\s*:.{0,140}|"
    r"(?:image|photo|picture|slide|figure|page|item)\s*\d+(?:\s*(?:of|/)\s*\d+)?)$",
    re.I | re.S,
)
"""A label with what it labels, as at the head and the foot of a document."""
CITATION = re.compile(
    r"\W*\d{1,3}\s+[A-Z].{0,160}\b\d{1,4}\s+[A-Z][\w.]*(?:\s[A-Z][\w.]*){0,2}\s+\d+\W*", re.S
)
TRAIL = re.compile(
    r"\W*(?:you are here\W+)?[^<>›»/.!?]{2,40}(?:\s{1,3}[>›»/→]\s{1,3}[^<>›»/.!?]{2,40}){2,}"
)
"""The way to a page: "Home > Campaigns > 20 is Plenty"."""
BUTTONS = re.compile(
    r"\W*(?:(?:share(?: this)?|tweet|print|e-?mail|facebook|twitter|linkedin|instagram|whatsapp|"
    r"youtube|home|about(?: us)?|contact(?: us)?|menu|search|donate(?: today| now)?|log ?in|join|"
    r"media|news|events?|blog|privacy(?: policy)?|cookies|jobs|get involved|volunteer|subscribe|"
    r"unsubscribe|update your details|forward to a friend|settings|accept|newer posts?|"
    r"older posts?|terms|accessibility|sitemap)(?:\W+|$)){2,}|"
    r"\W*(?:home|menu)\W+(?:about|news|contact|who we are)\b[^.!?]{0,120}",
    re.I,
)
WHEN = re.compile(
    rf"(?:.*\b{SHORT_DATE}.*\b(?:\d{{1,2}}(?:[.:]\d\d)?\s*(?:[ap]\.?m\b|h\b|hrs|o[’']clock)|"
    rf"noon|midnight).*|\W*(?:{DAY}\W+)?(?:\d{{1,2}}(?:\s*[-–]\s*\d{{1,2}})?\s+{MONTH}|"
    rf"{MONTH}\s+\d{{1,2}})\s*(?:[-–—:]|\s{{2,}}).*)",
    re.I | re.S,
)
"""An entry of a calendar: a date with an hour, or a date before a dash."""
DONE_AT = re.compile(
    rf"\W*(?:done|given|adopted|issued|signed|dated|published|approved|received)\s*(?:at|in|by|on|"
    rf"this|:)?\b.{{0,60}}{DATE}\W*",
    re.I | re.S,
)
FURNITURE = re.compile(
    r"\W*(?:image|photo(?:graph)?s?(?:\s+(?:credit|by|:).*)?|photo\s*:.*|picture|caption|video|"
    r"watch(?:\s+the)?\s+video.*|share(?:\s+(?:this|on)\b.*)?|tweet|print(?:\s+this.*)?|"
    r"e-?mail(?:\s+this.*)?|facebook|twitter|linkedin|instagram|youtube|subscribe.*|sign up.*|"
    r"log ?in|search|menu|home|skip to.*|(?:back|return) to(?:\s[\w’'-]+){1,4}|"
    r"read (?:more|the full)(?:\s[\w’'-]+){0,6}|more\W*|continue reading|"
    r"related(?:\s+\w+)*|tags?:.*|categor(?:y|ies):.*|filed under.*|posted (?:on|by|in).*|"
    r"published (?:on|by).*|updated?:.*|permalink.*|previous|next|(?:previous|next)(?: (?:up|post|"
    r"page|article|issue|story))?\s*:.{0,120}|"
    r"©.*|\(c\)\s*\d{4}.*|"
    r"copyright\s*(?:©|\(c\)|\d{4}).*|"
    r"all rights reserved.*|reprinted (?:with|by) .*|first (?:published|appeared) (?:in|on|by)\b.*|"
    r"(?:this (?:article|interview|text) (?:was|has been) )?edited for .*|"
    r"printed (?:and|on|by)\b.*|"
    r"(?:the )?(?:views|opinions|content)\b.{0,30}\b(?:are|reflects?)\b.{0,60}"
    r"\b(?:own|only|alone)\W*|"
    r"affiliations? (?:listed )?for identification.*|paid for by .*|published by .*|"
    r"you (?:are|have been) receiving this.*|you received this.*|our mailing address.*|"
    r"your e-?mail address will not be.*|required fields.*|"
    r"(?:please )?leave (?:a|your) (?:reply|comment).*|comments are (?:now )?(?:closed|off)|"
    r"\d+ (?:thoughts?|responses?|replies) (?:on|to)\b.*|"
    r"last (?:updated|modified|reviewed|edited).*|(?:[#@]\w+[\s,]*)+|(?:volunteer|work|"
    r"get in touch|stay in touch|connect) with us|"
    r"add to (?:basket|cart|calendar)|members?[’']? (?:log-?in|area)|my account|checkout|"
    r"(?:ships?|delivery|dispatched) within.*|(?:was this page|found this) (?:helpful|useful).*|"
    r"(?:can|could)[’']?t (?:see|read) this.*|view this (?:e-?mail|message).*|"
    r"(?:(?:chip in|give|donate|join)\b.{0,40})?[→›»]|frequently asked questions|faqs?|"
    r"related articles|"
    r"further reading|read next.*|more:.{0,120}|"
    r"(?:we use|this (?:web)?site uses) cookies.*|privacy policy.*|"
    r"terms (?:of|and) (?:use|service|conditions).*|accept(?: all)?(?: cookies)?|"
    r"donate(?:\s+now)?|join(?:\s+(?:us|now))?|"
    r"text size.*|questions or comments\W*|page \d+(?: of \d+)?|follow us.*|view (?:all|online|"
    r"in browser).*|"
    r"(?:to )?unsubscribe.*|(?:table of )?contents|in this issue|save the date.*|"
    r"(?:laughter|applause|crosstalk|inaudible|music|pause|video plays?|recess)|[\[(](?:laughter|"
    r"applause|crosstalk|inaudible|music|pause|video plays?|recess)[^\])]{0,60}[\])]|"
    r"click here.*|download.{0,60}|\d+ (?:comments?|shares?|min(?:ute)?s? read)|"
    r"(?:file|media|attachments?|documents?)\s*:.*|(?:what|when|where|who|time|date|location|venue|"
    r"cost|rsvp)\s*:.{0,120}|press releases?|newsroom|in the news|news|latest news|"
    r"contributions? .{0,40}tax.deductible\W*|"
    r"by\s+(?:(?-i:[A-Z])[\w.’'-]+[\s,]*){1,5}.{0,80})[\s.:!]*$",
    re.I | re.S,
)
NAV_GLUE = re.compile(r"[a-zé)»](?=[A-Z][a-z])")
CODE = re.compile(
    r"[{}]\s*$|[{}].*[:;]|^\W*[\w-]+\s*:\s*[^;\s][^;]{0,60};$|^@media|^/\*|^<\w", re.S
)
POINTER = re.compile(
    r"\W*(?:to\s+)?(?:read|see|view|watch|listen|click|download|visit|for a|for the|"
    r"for more)\b.{0,200}?"
    r"(?:https?://|www\.)\S+\W*",
    re.I | re.S,
)
AT_ADDRESS = re.compile(
    r"[^.!?]{3,120}?\s(?:https?://|www\.)?[a-z0-9-]{3,}(?:\.[a-z0-9-]{2,})+(?:/\S*)?\W*", re.S
)
"""A line that leads up to an address: "Find your senator at congress.example/find"."""
OFFICE = re.compile(
    r"(?:Phone|Fax|Tel|Suite|Room)\s*:?\s*\(?\d{3}|, ?[A-Z]{2}[Â\s]+\d{5}(?:[A-Z]|\b)"
)
URL_ONLY = re.compile(
    r"\W*(?:\[?\w{1,3}\]?:?\s*)?(?:see(?: also)?:?\s*)?(?:https?://|www\.)\S+\W*", re.I
)
SENTENCE_END = re.compile(r"[.!?…][\"”»’')\]*_]*(?:\[?\d{1,3}\]?)?$")
FINITE = re.compile(
    r"\b(?:is|are|was|were|be|am|has|have|had|do|does|did|will|would|can|could|shall|should|must|"
    r"may|might|cannot|needs?|deserves?|demands?|calls?|urges?|wants?|says?|said|tells?|told|"
    r"opposes?|supports?|rejects?|condemns?|welcomes?|backs?|slams?|blasts?|fails?|means?|makes?|"
    r"let|stop|end|save|keep|give|protect|publish|takes?|gets?|got|kills?|hurts?|threatens?|costs?|"
    r"puts?|leaves?|goes|comes|works?|helps?|harms?|matters?|belongs?|pays?|announces?|"
    r"introduces?|votes?|launches|warns?|asks?|files?|joins?|seeks?|responds?|praises?|wins?|won|"
    r"loses?|lost|denounces?|applauds?|secures?|finds?|shows?|brings?|remains?|becomes?|begins?|"
    r"continues?|refuses?|risks?|cuts?|raises?|sues?|vows?|opens|blocks?|reveals?|hits?|hails?|"
    r"marks|celebrates?|honou?rs?|pushes|presses|leads?|offers?|sends?|signs?|outlines?|delivers?|"
    r"criticizes?|addresses|receives?|commends?|congratulates?|publish(?:es)?|reads?|lit|lights|"
    r"rests?|saves?|agrees?|"
    r"scraps?|closes?|rises?|falls?|grows?|wastes?|shreds?|steals?|forgets?|ignores?|defends?|"
    r"unveils?|unites?|urge|doubles?|triples?|hides?|hears?|knows?|"
    r"thinks?|believes?|lies|dies?|lives?|eats?|feeds?|sleeps?|proves?|reject|endorses?|"
    r"approves?|passes|debates?|meets?|reopens?|restores?|serves?|betrays?|"
    r"criticis\w+|emphasi[sz]es?|adds?|declares?|earns?|donates?|discuss(?:es)?|recovers?|pockets|"
    r"sought|held|gives?|kept|met|sent|led|built|fears?|faces|boosts?|slows?|drives?|spends?|"
    r"sells?|"
    r"beats?|breaks?|moves?|buys?|builds?|runs?|considers?|urged|insists?|highlights?|"
    r"to\s+(?!(?:\w+ing|\w*s|the|a|an)\b)(?:be|appeal|visit|report|hold|strike|sue|march|fight|"
    r"\w+(?:ise|ize|ify|ate))|"
    r"we|you|they|it[’']s|let[’']s|that[’']s|there[’']s|who[’']s)\b|n[’']t\b",
    re.I,
)
