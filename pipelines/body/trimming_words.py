"""How the lines around articles are worded, in the languages of the big news sites."""

from __future__ import annotations

import re

ADVERTISEMENT = re.compile(
    r"[\W_]*(?:(?:skip )?advertisement|advertising|sponsored(?: content)?|continue reading below"
    r"|(?:article|story) continues below(?: ad\w{0,20})?|anzeige|werbung|(?:passer la )?publicité|publicidad"
    r"|pubblicità|publicidade|reklam[ae]?|реклама|annonse?|advertentie|mainos|広告|광고)[\W_]*",
    re.IGNORECASE,
)
RELATED_LABEL = re.compile(
    r"[\W_]*(?:"
    r"related(?: (?:article|stor|post|content|video|link|topic|news|cover)\w{0,9})?|read (?:more|also|next|full|our)"
    r"|see also|also read|more (?:on|from|about)|more:|explore further|you (?:may|might) also like|recommended"
    r"|most (?:read|popular|viewed)|don.t miss|further reading|watch:?|also on|up next|trending"
    r"|lesen sie(?: auch)?|auch interessant|mehr zum thema|mehr zu|mehr dazu|zum artikel|zum thema|ähnliche"
    r"|siehe auch|passend zum thema|das könnte sie auch"
    r"|(?:à )?(?:lire|voir) aussi|sur le même sujet|le[ae] también|te puede interesar|más información"
    r"|leggi anche|potrebbe interessarti|leia (?:também|mais)|veja também|saiba mais|lees (?:ook|meer)"
    r"|les også|läs (?:också|mer)|læs også|lue myös|czytaj (?:też|także|więcej)|zobacz (?:też|także)|čtěte také"
    r"|читайте (?:также|ещё|еще|також)|смотрите также|по теме|ayrıca|baca juga|xem thêm"
    r"|あわせて読みたい|関連記事|관련기사)(?!\w)",
    re.IGNORECASE,
)
PROMOTION = re.compile(
    r"[\W_]*(?:"
    r"(?:subscribe|sign up|register|log ?in|become a (?:member|subscriber))\b.{0,200}(?:newsletter|inbox|e-?mail"
    r"|channel|now|today|premium|access|free|account|updates|subscription|member|youtube)"
    r"|click here (?:to (?:subscribe|sign up|join|get the)|for (?:more|the latest))"
    r"|(?:download|get) (?:the|our) [\w .]{0,40}\bapp\b"
    r"|(?:get|want) (?:the|our|more)\b.{0,120}\b(?:inbox|newsletter|delivered)\b"
    r"|(?:follow|like|join) (?:us|our|me|the)\b.{0,120}(?:facebook|twitter|instagram|whatsapp|telegram|youtube|tiktok"
    r"|linkedin|pinterest|forum|conversation|group|channel)"
    r"|join thought-provoking|want to bookmark|share (?:this|the) (?:article|story|post|page|blog)"
    r"|table of contents[\W_]*$|jump to:"
    r"|(?:this (?:post|article|page)|as an? (?:amazon|affiliate)).{0,100}(?:affiliate|qualifying purchases)"
    r"|(?:jetzt |hier )?(?:abonnier|registrier|melden sie sich)\w{0,9}.{0,160}"
    r"(?:newsletter|whatsapp|kanal|push|app\b|kostenlos)"
    r"|.{0,120}\b(?:newsletter|whatsapp-kanal|news-app)\b.{0,60}"
    r"(?:abonnier|anmeld|informiert sie|hier entlang|hier geht)"
    r"|empfohlener (?:redaktioneller|externer) inhalt|an dieser stelle finden sie"
    r"|ich bin damit einverstanden, dass mir (?:der )?externe"
    r"|il vous reste \d|(?:cet|l['’]) ?article est réservé|(?:abonnez|inscrivez)-vous"
    r"|(?:suscríbete|regístrate|síguenos|esta funcionalidad es|iscriviti|seguici|inscreva-se|assine|siga-nos)\b"
    r"|(?:подпис(?:ывай|аться|ывайтесь)\w{0,9}|присоединяйтесь)\b"
    r")",
    re.IGNORECASE,
)
PHOTO_CREDIT = re.compile(
    r"\(?(?:"
    r"(?:photo|photograph|image|picture|pic|file photo|foto|bild|icon|фото|ảnh)(?:s|er)?"
    r"(?: (?:credit|courtesy|source|by|von|de|di)s?){0,2} ?[:：©/|]"
    r"|(?:photo|image|icon|photograph)s? (?:credit|courtesy|by)\b"
    r"|(?:credit|copyright|bildquelle|bildnachweis|crédits?(?: photo)?|créditos?) ?[:：]|©|\(c\) ?\d{4}"
    r").{0,200}$",
    re.IGNORECASE,
)
BYLINE = re.compile(
    r"(?i:(?:(?:written|reported|posted|published|story|text|words|article|edited|reviewed) )?by|von|par|por|di|door"
    r"|av|af|autor(?:in)?|author|text|texte|redaktion|автор|übersetzung[\w ]{0,30})"
    r"(?:\s*[:：]\s*|\s+)(?=[^\W\d_a-zа-яß-öø-ÿ@])"
)
CONTRIBUTION = re.compile(
    r"[\W_]*(?:"
    r"(?:additional |with )?(?:reporting|writing|editing) by\b|additional reporting"
    r"|with (?:files|reports|reporting|inputs)(?: from)?\b|reporters?:|editors?:|produced by\b"
    r"|(?:[^.]{0,200} )?contributed (?:to this|reporting|from)\b|[^.]{0,120} reported from\b"
    r"|(?:redaktion|faktencheck|mitarbeit|sendung)\s?[:：]"
    r"|mit (?:material|agenturmaterial|informationen) (?:von|der|des)\b"
    r"|avec (?:afp|reuters|agences)\b|con información de\b|с использованием"
    r")",
    re.IGNORECASE,
)
SIGN_OFF = re.compile(
    r"[\W_]*(?:"
    r"(?:source|sources|quellen?|fonte|fuente|kaynak|источник|出典)\s?[:：].{0,100}"
    r"|(?:mit |with )?(?:dpa|afp|ap|reuters|apa|sda|epd|kna|sid|efe|ansa)(?:[/,+ ]+\w{1,12})*"
    r"|\(?(?:end|ends|the end|fin|ende)\)?|(?-i:\([a-z]{2,5}(?:[/, ]+[a-z]{2,5}){0,3}\)|[a-z]{2,4}/[a-z]{2,4})"
    r"|comments?|kommentare?|comentarios|commentaires|leave a (?:comment|reply)|kommentar abgeben"
    r"|tags?|tell us what you think|(?:filed under|posted in|tagged|topics|schlagwörter|themen)\b.{0,100}"
    r"|[\w.+-]{1,60}@[\w-]{1,60}(?:\.\w{1,20}){1,5}|twitter\.com/\w{1,30}|@\w{2,30}"
    r"|(?:the-)?[a-z]{2,6}-wire|.{0,60}all rights reserved.{0,60}"
    r")?[\W_]*",
    re.IGNORECASE,
)
WRITER = re.compile(
    r"^[A-Z][\w'’.-]+(?: [\w'’.-]+){0,4},? (?:\([^)]{0,60}\) )?(?:is|was|are) (?:an?|the|our) [^.]{0,80}"
    r"\b(?:writer|reporter|editor|correspondent|journalist|columnist|contributor|blogger|author)\b"
    r"|\b(?:follow|email|e-mail|contact|reach) (?:him|her|them|me)\b|\bcan be reached (?:at|on|by)\b"
    r"|\bsend (?:us )?tips\b|\bfollow [A-Z][\w ]{1,40} on (?:twitter|x|facebook|instagram)\b"
    r"|^(?:follow us|read more (?:articles|stories|posts) by)\b|\bdo you have a story to tell\b",
    re.IGNORECASE,
)
_TIMES = """
published updated posted modified created last on at a of the date pm am p m uhr h utc gmt est edt pst pdt cet cest bst
ist jst kst aest et pt z first release read reading time min mins minute minutes hours hour days day ago week weeks
month months sec
stand veröffentlicht aktualisiert erstellt geändert am um vom den zuletzt lesezeit minuten stunden vor tagen
erstveröffentlichung publié mis à jour le modifié lecture heures il y a de
publicado actualizado el las hs hrs creado hace horas segunda terça quarta quinta sexta sábado domingo feira às
atualizado em pubblicato aggiornato il alle ore güncelleme yayınlanma tarihi saat publicerad uppdaterad kl publisert
oppdatert gepubliceerd bijgewerkt op опубликовано обновлено в г
monday tuesday wednesday thursday friday saturday sunday mon tue tues wed thu thur thurs fri sat sun
montag dienstag mittwoch donnerstag freitag samstag sonntag
lundi mardi mercredi jeudi vendredi samedi dimanche lunes martes miércoles jueves viernes
lunedì martedì mercoledì giovedì venerdì sabato domenica
january february march april may june july august september october november december
jan feb mar apr jun jul aug sep sept oct nov dec januar februar märz mai juni juli oktober dezember jänner
janvier février mars avril juin juillet août septembre octobre novembre décembre
enero febrero marzo abril mayo junio julio agosto septiembre octubre noviembre diciembre
janeiro fevereiro março maio junho julho setembro outubro novembro dezembro
gennaio febbraio aprile maggio giugno luglio settembre ottobre dicembre
ocak şubat mart nisan mayıs haziran temmuz ağustos eylül ekim kasım aralık
января февраля марта апреля мая июня июля августа сентября октября ноября декабря
"""
_TIME_WORDS = frozenset(_TIMES.split())
_WORD = re.compile(r"[^\W\d_]+")


def says_only_when(line: str) -> bool:
    """A line of nothing but a date or time, with what introduces it: "Updated 4 May 2024, 10:15 am"; "5 min read"."""
    return any(char.isdigit() for char in line) and all(
        word in _TIME_WORDS for word in _WORD.findall(line[:200].casefold())
    )
