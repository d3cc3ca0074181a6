"""The words around a name in a byline: labels, dates, roles, and those that no person is called by."""

from __future__ import annotations

import re

# What stands before a name. The nouns only with their preposition: "Ludwig von Mises" is a name.
_KINDS_OF_TEXT = (
    r"written|reported|posted|published|edited|compiled|reviewed|created|words|text|texte|testo|texto|story|interview|"
    r"article|artikel|report|reportage|analysis|analyse|kommentar|comment|essay|kolumne|column|beitrag|gastbeitrag|"
    r"rezept|recipe|bericht|opinion|erstellt|verfasst|veröffentlicht|geschrieben|publiziert|publié|écrit|propos\s+"
    r"recueillis|escrito|publicado|scritto|pubblicato|geschreven|skrevet|skriven"
)
_BY = r"by|von|vom|par|por"
_BEFORE_BY = rf"^(?:(?:an?|eine?|un[ae]?)\s+)?(?:(?:{_KINDS_OF_TEXT})\s+)?(?:(?:und|and)\s+interview\s+)?"
_AUTHOR = (
    r"authors?|autor(?:en|in|innen|es|a)?|autor:in|autore|autrice|auteurs?|auteure|author\(s\)|auteur\(s\)|text|texte|"
    r"testo|texto|words|interview|автор|текст|bericht|reporter|penulis|yazar"
)
_BEFORE_AUTHOR = r"^(?:(?:about|the|der|die|über\s+d(?:en|ie))\s+){0,2}"
_HAN_LABEL = r"作者|记者|撰文|撰稿|作\s+者|本报记者|記者|取材・文|著者"
LABEL = re.compile(
    rf"{_BEFORE_BY}(?:{_BY})\s*[:：]?\s+"
    rf"|{_BEFORE_AUTHOR}(?:{_AUTHOR})(?:\s+(?:{_BY}|und\s+interview))?(?:\s*[:：|]\s*|\s+)"
    rf"|^(?:{_HAN_LABEL})(?:\s*[:：/／丨|●]\s*|\s+)|^[文글]\s*[:：/／丨|●]\s*",
    re.IGNORECASE,
)
LABEL_ONLY = re.compile(
    rf"{_BEFORE_BY}(?:{_BY})\s*[:：]?$|{_BEFORE_AUTHOR}(?:{_AUTHOR})\s*[:：]?$|^(?:{_HAN_LABEL}|文)\s*[:：]?$",
    re.IGNORECASE,
)
# These also begin names (De Niro, Di Maio, Da Silva): labels only before two words, and not where a name is stated.
SHORT_LABEL = re.compile(r"^(?:di|da|de|door|av|af|od|ni)\s+(?=\S+\s+\S)", re.IGNORECASE)
LATE_LABEL = re.compile(r"\s(?:by|von|par|por)\s+(?=[^\W\d_])", re.IGNORECASE)
SPLIT = re.compile(
    r"\s*(?:[,;，；、|·•●\n]|\s(?:and|und|et|y|e|og|och|en|и|&|with|mit|avec|con|im gespräch mit|in conversation "
    r"with)\s)\s*",
    re.IGNORECASE,
)
SLASH = re.compile(r"\s*[/／]\s*")
SIGNATURE = re.compile(r"^\s*[a-zäöü]{2,5}(?:/[a-zäöü]{2,5}){1,3}\s*$")  # dpa/lnw
_MONTH = (
    r"(?:jan|feb|mar|mär|apr|may|mai|jun|jul|aug|sep|sept|oct|okt|nov|dec|dez|ene|abr|ago|dic|févr?|avr|juil|déc|gen|"
    r"mag|giu|lug|set|ott)[a-zäéû]{0,8}\.?"
)
DATE = re.compile(
    r"(?:\b(?:mon|tue|wed|thu|fri|sat|sun|mo|di|mi|do|fr|sa|so)[a-z]{0,6}\.?,\s*)?(?:\b(?:le|am|on|vom)\s+)?"
    rf"(?:\b\d{{1,2}}\.?(?:st|nd|rd|th)?\s+(?:de\s+)?{_MONTH}(?!\w)|\b{_MONTH}\s+\d{{1,4}}\b"
    r"|\d{1,4}[-./]\d{1,2}[-./]\d{1,4}|\d{1,2}:\d\d(?:\s?[ap]\.?m\b\.?)?)",
    re.IGNORECASE,
)
TRAILING = re.compile(
    r"\s*(?:\(.*|（.*|\[.*|\s[–—-]\s.*|\s(?:for|in|at|from|aus|für|pour|à|is|ist|was|im)\s.*|@.*|\s\d{1,2}[.:/ ].*)$",
    re.IGNORECASE | re.DOTALL,
)
EMAIL = re.compile(r"[\w.+-]{1,64}@[\w.-]{1,64}\.\w{2,12}")
NOT_A_BYLINE = re.compile(
    r"https?:|www\.|photo(?:graph|graphed|graphy|graphie)?s?\b|fotos?\b|images?\b|pictures?\b", re.IGNORECASE
)
OTHER_WORK = re.compile(
    r"\s(?:illustration(?:en|s)?|fotos?|photos?|photograph(?:y|ie|s)|bild(?:er)?|kamera|übersetzung|translation|"
    r"translated|edited|editing|infografik|grafik|graphics?|ilustración|illustrazioni?)\b.*$",
    re.IGNORECASE | re.DOTALL,
)
EDGES = " .:：-–—•|\"'“”[]【】*●《》"
NOBODY = re.compile(
    r"https?:|www\.|@|\[at\]|[<>{}=#%*?!…→»]|(?:^|\s)\d+(?:$|\s)|\d{5}"
    r"|\b(?:by|author|authors|autor|updated|published|posted|edited|translated|follow|folgen|twitter|facebook|email|"
    r"e-mail|subscribe|share|read|ago|says|sagt|schreibt|said|views?|comments?|photo|photos|image|images|foto|fotos|"
    r"video|getty|uhr|am|pm|est|edt|gmt|link|copied|name|profil|profile|posts|mehr|more|alle|all|bearbeiten|themen|"
    r"monday|tuesday|wednesday|thursday|friday|saturday|sunday|january|february|march|september|october|november|"
    r"december|uncategorized|unbenannt|anonymous|unknown|null|none|undefined|verwandte|weitere|related|articles?|"
    r"artikel|freie|freier|war|sponsored|publisher|click|here|hier|zur|zum|about|über|copyright|gmbh|inc|ltd|llc|corp|"
    r"kg|co)\b"
    r"|(?:^|[\W_])(?:\w{0,8}admin|administrator|webmaster|guest|root|user|editor)(?:$|[\W_])",
    re.IGNORECASE,
)
ROLE = re.compile(
    r"[\s,]+(?:(?:chef|senior|staff|lifestyle|contributing|managing|political|chief|deputy|associate|freelance|"
    r"special|guest)[\s-]?){0,3}(?:reporter(?:in)?|redakteur(?:in)?|editor|writer|correspondent|korrespondent(?:in)?|"
    r"journalist(?:in|e)?|columnist|producer|volontär(?:in)?|chefredakteur(?:in)?|redactor|gastautor(?:in)?|"
    r"nachrichtenagentur)$",
    re.IGNORECASE,
)
ORGANISATION = re.compile(
    r"^(?:the|das|les|los|el|il)\s|\b(?:staff|editors|editorial|newsroom|desk|team|redaktion|redaktør|rédaction|"
    r"redacción|redação|redazione|redactie|agency|agencies|agencia|agentur|nachrichtenagentur|contributors|news|online|"
    r"nachrichten|zeitung|tageblatt|anzeiger|magazine?|times|herald|tribune|gazette|chronicle|journal|jornal|diario|"
    r"portal|verlag|publishers?|publishing|media|medien|university|universität|institute?|center|centre|committee|"
    r"services|store|shop|press|presse|network|security|bureau|reporters|correspondents|journalists?|reporter|writer|"
    r"columnist|director|photographer|correspondent|group|foundation|association|government|council|ministry|"
    r"department|club|cup|bund|verein|verband|blog|tv|radio|fm)\b|-redaktion\b|خبرگزاری|وكالة|"
    r"(?:redaktion|zeitung|verlag|blatt|magazin)$|編集部|编辑部|新闻|报社|[日晚时]报$|[网網]$|网易|新浪|搜狐|腾讯|百度|头条|"
    r"频道|公司|集团|委员会|政府|出版社|通信$|日報|新聞|オンライン|株式会社|号$|일보$|신문$|뉴스$",
    re.IGNORECASE,
)
_AGENCIES = (
    r"reuters|associated press|ap|afp|agence france[- ]presse|france[- ]presse|dpa(?:[-/ ]\w+)*|"
    r"deutsche presse[- ]agentur|"
    r"bloomberg|upi|efe|ansa|apa|sda|tass|ria novosti|xinhua|pti|ians|ani|tnn|kyodo(?: news)?|jiji|yonhap|"
    r"canadian press|press association|pa media|europa press|epd|kna|sid|ritzau|ntb|tt|belga|anp|lusa|interfax|тасс|"
    r"риа новости|интерфакс|新华社|新华网|中新社|中国新闻网|中新网|央视新闻|人民网|人民日报|环球时报|共同社|共同通信|"
    r"時事通信|연합뉴스"
)
AGENCY = re.compile(rf"^(?:the\s+|agencia\s+|agenzia\s+|agence\s+)?(?:{_AGENCIES})$", re.IGNORECASE)
AGENCY_DESK = re.compile(r"^(?:AP|AFP|UPI|EFE|ANSA|PTI|DPA)\s")  # AP Sports
PARTICLE = re.compile(
    r"^(?:von|van|vom|zu|zur|de|del|della|dela|der|den|di|da|das|do|dos|du|la|le|el|al|bin|ibn|ben|bint|ter|ten|af|"
    r"och|e|y|i|st\.?|[’']t|abu)$"
)
VIETNAMESE_FAMILY = frozenset(
    {"Nguyễn", "Trần", "Lê", "Phạm", "Hoàng", "Huỳnh", "Phan", "Vũ", "Võ", "Đặng", "Bùi", "Đỗ", "Hồ", "Ngô", "Dương"}
    | {"Lý", "Đinh", "Đoàn", "Trịnh", "Trương", "Lưu", "Mai", "Đào", "Cao", "Hà", "Tạ"}
)
WORD = re.compile(r"^[^\W\d_]['’.\-‘]?(?:[^\W\d_]|['’.\-‘])*$")
