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
    rf"(?:\W*(?:for\s+(?:immediate|public)?\s*release|not\s+for\s+publication|immediate|"
    rf"embargoe?d?\s*(?:until|till|to|:|for)?|strictly\s+embargoed|under\s+embargo|"
    rf"(?:press|news|media|public)\s+(?:release|statement|advisory|alert|notice)|statement|"
    rf"in the news|(?:action|legislative|urgent)\s+alert|campaign\s+update|communiqu[ée]|bulletin|"
    rf"circular|manifesto|leaflet|comment|opinion|editorial|blog|q\s?&\s?a|summary|executive\s+summary|"
    rf"(?:the\s+)?(?:meeting|hearing|sitting|session|committee|house)\s+(?:was\s+)?(?:adjourned|rose|"
    rf"suspended|concluded|closed)(?:\s+at)?|"
    rf"check\s+against\s+delivery|as\s+prepared\s+for\s+delivery|{DATE}|"
    rf"\d{{1,2}}[:.]\d{{2}}\s*(?:hrs|gmt|[ap]\.?m\.?)?|[ap]\.?m\.?|ends?|"
    rf"notes?(?:\s+(?:to|for)\s+(?:the\s+)?(?:editors?|media|press))?:?|"
    rf"background(?:\s+information)?|no\.?\s*\d+(?:/\d+)?|\d+/\d{{4}}|by\s+e-?mail|by\s+hand|"
    rf"via\s+\w+|{DAY}))+\W*",
    re.I,
)
PLACE_AND_DATE = re.compile(
    rf"[A-ZÀ-Ý][\w.’'À-ÿ/-]*(?:[ ,]+[A-ZÀ-Ý][\w.’'À-ÿ/-]*){{0,3}},?\s+(?i:{SHORT_DATE})\W*"
)
END = re.compile(
    r"\W*(?:#\s*){2,}\W*|[-–—\s]*(?:30|ends?|more|fin|xxx)[-–—\s.]*|(?:\*\s*){3,}|[-–—_=~]{3,}",
    re.I,
)
ENDED = re.compile(r"\W*(?:(?:#\s*){2,}|[-–—\s]*(?:30|ends?|fin)[-–—\s.]*)\W*", re.I)
CONTACT = re.compile(
    r"\W*(?:(?:press|media|news|policy|further|editorial|for\s+(?:more|further|additional|media|"
    r"press|comment|interviews?)[\w\s,]{0,40}?)\s*)?(?:contacts?|enquir(?:y|ies)|inquir(?:y|ies)|"
    r"information|interviews?|comment|press(?:\s+(?:office|desk))?|phone|tel(?:ephone)?|mobile|"
    r"cell|e-?mail|fax|office|bank details|iban)\W*(?::|\||—|–|\s{2,}|\d|please\b|call\b|"
    r"contact\b|$)",
    re.I,
)
REACH = re.compile(
    r"[\w.+-]+@[\w-]+\.\w|\(link sends email\)|(?<![\d/-])(?!\d{4}[-–]\d\d)(?:\+\d|"
    r"\((?!\d{4}[-–]\d{4})\+?\d|\b0\d)[\d ().–-]{6,}\d|\b\d{3}[-. /]{1,2}\d{3}[-. ]\d{4}\b|"
    r"\b\d{3}[-.]\d{4}\b|\bext\.?\s*\d+",
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
    r"\W*(?:\w+[\s,]+){0,4}?(?:photo(?:graph)?s?|images?|pictures?|logos?|footage|b-roll|interviews?|"
    r"spokes\w+|copies|documents?|data set|transcripts?|recordings?)\b.{0,80}\b(?:(?:is|are)\s+"
    r"(?:also\s+)?available|available\s+(?:on|at|in|from|for|upon)|(?:can|may)\s+be\s+(?:viewed|"
    r"downloaded|obtained|used|requested|found|seen|read))\b",
    re.I | re.S,
)
"""What is offered to the press, in a line of its own."""
ISSUED = re.compile(r"\W*(?:issued|authori[sz]ed|paid for)\s+(?:by|on behalf)\b", re.I)
ABOUT = re.compile(
    r"\W*(?:about|ABOUT)\s+(?:us\b|US\b|the\s+[A-Z]|[A-Z])|\W*(?:who we are|"
    r"(?:about the )?authors?(?: bio\w*)?\W*:.*|credit line\W*:.*)$",
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
    r"(?:was|were)\s+(?:founded|established|formed|set up)|founded\s+in\s+\d{4}",
)
ROLE = re.compile(
    r"\b(?:is|was|are)\s+(?:an?\s+|the\s+)?(?:[\w’'-]+\s+){0,3}?(?:(?:co-?)?founders?|chair\w*|"
    r"directors?|presidents?|secretar(?:y|ies)|conveners?|members?|organi[sz]ers?|spokes\w+|"
    r"co-?ordinators?|officers?|head|fellow)\s+(?:of|at|for|with)\b",
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
    r"respectfully submitted\W*$|"
    r"names? and address(?:es)? (?:supplied|withheld)\W*$|_{5,}\W*$|"
    r"\(?(?:and\s+)?\d+\s+(?:signatures?|others|further signatories)\b.{0,30}$)",
    re.I,
)
TITLE_OF = re.compile(
    r"\W*(?:an?\s+|the\s+)?(?:(?:joint|open|public|written|prepared|opening|oral|policy|position|press)"
    r"\s+)*(?:statement|testimony|submission|comments?|remarks|speech|address|notes for remarks|"
    r"declaration|resolution|communiqu[ée]|letter|memorandum|evidence|position paper|petition)\s+"
    r"(?:of|by|from|to|on|at|as|before|adopted|issued|for|text|against)\b.{0,200}[^.!?…:;]$",
    re.I | re.S,
)
"""A document's title that says only what kind of document it is, whose and to whom."""
LABELLED = re.compile(
    r"\W*(?:(?:our|your|case|file)\s+)?(?:ref(?:erence)?\b.{0,40}|docket\b.{0,40}|in re\b.{0,80}|"
    r"(?:status|licen[cs]e|version|distribution|visuals|photo op\w*|dress code|registration|"
    r"(?:written |posted )?by|editors?|text|design|layout|interview|translation|photo(?:graph)?s?|"
    r"reading time|date(?:d| received)?|for publication.{0,20}|source|fig(?:ure)?\.?\s*\d+|"
    r"table\s*\d+|chart\s*\d+|appendix\s*\w+|annex\s*\w*|exhibit\s*\w+)\s*:.{0,140})$",
    re.I | re.S,
)
"""A label with what it labels, as at the head and the foot of a document."""
CITATION = re.compile(
    r"\W*\d{1,3}\s+[A-Z].{0,160}\b\d{1,4}\s+[A-Z][\w.]*(?:\s[A-Z][\w.]*){0,2}\s+\d+\W*", re.S
)
TRAIL = re.compile(
    r"\W*(?:you are here\W+)?[^<>›»/.!?]{2,40}(?:\s+[>›»/→]\s+[^<>›»/.!?]{2,40}){2,}"
)
"""The way to a page: "Home > Campaigns > 20 is Plenty"."""
BUTTONS = re.compile(
    r"\W*(?:(?:share(?: this)?|tweet|print|e-?mail|facebook|twitter|linkedin|instagram|whatsapp|"
    r"youtube|home|about(?: us)?|contact(?: us)?|menu|search|donate(?: today| now)?|log ?in|join|"
    r"media|news|events?|blog|privacy(?: policy)?|cookies|jobs|get involved|volunteer|subscribe|"
    r"unsubscribe|update your details|forward to a friend|settings|accept|newer posts?|"
    r"older posts?|terms|accessibility|sitemap)(?:\W+|$)){2,}",
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
    r"log ?in|search|menu|home|skip to.*|(?:back|return) to.*|read more|more\W*|continue reading|"
    r"related(?:\s+\w+)*|tags?:.*|categor(?:y|ies):.*|filed under.*|posted (?:on|by|in).*|"
    r"published (?:on|by).*|updated?:.*|permalink.*|previous|next|©.*|\(c\)\s*\d{4}.*|"
    r"copyright\s*(?:©|\(c\)|\d{4}).*|"
    r"all rights reserved.*|reprinted (?:with|by) .*|first (?:published|appeared) (?:in|on|by)\b.*|"
    r"(?:this (?:article|interview|text) (?:was|has been) )?edited for .*|"
    r"printed (?:and|on|by)\b.*|"
    r"(?:the )?(?:views|opinions|content)\b.{0,30}\b(?:are|reflects?)\b.{0,60}"
    r"\b(?:own|only|alone)\W*|"
    r"affiliations? (?:listed )?for identification.*|paid for by .*|published by .*|"
    r"you (?:are|have been) receiving this.*|you received this.*|our mailing address.*|"
    r"your e-?mail address will not be.*|required fields.*|(?:please )?leave a (?:reply|comment).*|"
    r"last (?:updated|modified|reviewed).*|frequently asked questions|faqs?|related articles|"
    r"further reading|read next.*|more:.{0,120}|"
    r"(?:we use|this (?:web)?site uses) cookies.*|privacy policy.*|"
    r"terms (?:of|and) (?:use|service|conditions).*|accept(?: all)?(?: cookies)?|"
    r"donate(?:\s+now)?|join(?:\s+(?:us|now))?|"
    r"text size.*|questions or comments\W*|page \d+(?: of \d+)?|follow us.*|view (?:all|online|"
    r"in browser).*|"
    r"(?:to )?unsubscribe.*|(?:table of )?contents|in this issue|save the date.*|"
    r"\[?\(?(?:laughter|applause|crosstalk|inaudible|music|pause|video plays?|recess)[.\])\w\s]*|"
    r"click here.*|download.{0,60}|\d+ (?:comments?|shares?|min(?:ute)?s? read)|"
    r"(?:file|media|attachments?|documents?)\s*:.*|(?:what|when|where|who|time|date|location|venue|"
    r"cost|rsvp)\s*:.{0,120}|press releases?|newsroom|in the news|news|latest news|"
    r"contributions? .{0,40}tax.deductible\W*|by\s+(?:(?-i:[A-Z])[\w.’'-]+[\s,]*){1,5}.{0,80})$",
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
    r"criticizes?|addresses|receives?|commends?|congratulates?|publish(?:es)?|reads?|lit|lights|rests?|saves?|agrees?|"
    r"scraps?|closes?|rises?|falls?|grows?|wastes?|shreds?|steals?|forgets?|ignores?|defends?|"
    r"unveils?|unites?|urge|doubles?|triples?|hides?|hears?|knows?|"
    r"thinks?|believes?|lies|dies?|lives?|eats?|feeds?|sleeps?|proves?|reject|endorses?|"
    r"approves?|passes|debates?|meets?|reopens?|restores?|serves?|betrays?|"
    r"we|you|they|it[’']s|let[’']s|that[’']s|there[’']s|who[’']s)\b|n[’']t\b",
    re.I,
)
