"""Month names in the languages of news sites, as `parse_when` looks them up: folded to lower case, without dots."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence

# One line a language, January to December; spellings of one month are joined by "|".
# "listopada" is November in Polish and October in Croatian: the first line that has a name keeps it.
_NAMES = """
january|jan february|feb|febr march|mar april|apr may june|jun july|jul august|aug september|sep|sept october|oct november|nov december|dec
januar|jänner|jän februar|feber märz|mär|mrz april mai juni juli august september oktober|okt november dezember|dez
janvier|janv février|févr|fév mars avril|avr mai juin juillet|juil août septembre octobre novembre décembre|déc
enero|ene febrero marzo abril|abr mayo junio julio agosto|ago septiembre|setiembre octubre noviembre diciembre|dic
gennaio|gen febbraio marzo aprile maggio|mag giugno|giu luglio|lug agosto settembre|set ottobre|ott novembre dicembre
janeiro fevereiro|fev março abril maio junho julho agosto setembro outubro|out novembro dezembro
januari februari maart|mrt april mei juni juli augustus september oktober november december
januar februar marts april maj juni juli august september oktober november december|des
januari februari mars april maj juni juli augusti september oktober november december
tammikuuta|tammi helmikuuta|helmi maaliskuuta|maalis huhtikuuta|huhti toukokuuta|touko kesäkuuta|kesä heinäkuuta|heinä elokuuta|elo syyskuuta|syys lokakuuta|loka marraskuuta|marras joulukuuta|joulu
stycznia|sty lutego|lut marca kwietnia|kwi maja czerwca|cze lipca|lip sierpnia|sie września|wrz października|paź listopada|lis grudnia|gru
ledna|leden února|únor března|březen dubna|duben května|květen června|červen července|červenec srpna|srpen září října|říjen listopadu|listopad prosince|prosinec
január február március|márc április|ápr május|máj június|jún július|júl augusztus szeptember|szept október november december
ianuarie|ian februarie martie aprilie mai iunie|iun iulie|iul august septembrie octombrie noiembrie|noi decembrie
ocak|oca şubat|şub mart nisan|nis mayıs haziran|haz temmuz|tem ağustos|ağu eylül|eyl ekim|eki kasım|kas aralık|ara
января|янв|январь февраля|фев|февраль марта|мар|март апреля|апр|апрель мая|май июня|июн|июнь июля|июл|июль августа|авг|август сентября|сен|сент|сентябрь октября|окт|октябрь ноября|ноя|ноябрь декабря|дек|декабрь
січня лютого березня квітня травня червня липня серпня вересня жовтня листопада грудня
януари февруари март април май юни юли август септември октомври ноември декември
ιανουαρίου|ιαν|ιανουάριος φεβρουαρίου|φεβ|φεβρουάριος μαρτίου|μάρ|μαρ|μάρτιος απριλίου|απρ|απρίλιος μαΐου|μάι|μαϊ|μάιος ιουνίου|ιούν|ιουν|ιον|ιούνιος ιουλίου|ιούλ|ιουλ|ιολ|ιούλιος αυγούστου|αύγ|αυγ|αύγουστος σεπτεμβρίου|σεπ|σεπτ|σεπτέμβριος οκτωβρίου|οκτ|οκτώβριος νοεμβρίου|νοέ|νοε|νοέμβριος δεκεμβρίου|δεκ|δεκέμβριος
يناير فبراير مارس أبريل|ابريل|إبريل مايو يونيو يوليو أغسطس|اغسطس سبتمبر أكتوبر|اكتوبر نوفمبر ديسمبر
जनवरी फरवरी|फ़रवरी मार्च अप्रैल मई जून जुलाई अगस्त सितंबर|सितम्बर अक्टूबर|अक्तूबर नवंबर|नवम्बर दिसंबर|दिसम्बर
januari februari maret april mei juni juli agustus|agt september oktober november|nop desember
janvāris|janvārī februāris|februārī marts|martā aprīlis|aprīlī maijs|maijā jūnijs|jūnijā jūlijs|jūlijā augusts|augustā septembris|septembrī oktobris|oktobrī novembris|novembrī decembris|decembrī
gener febrer març abril maig juny juliol agost setembre octubre novembre desembre
janar shkurt mars prill maj qershor korrik gusht shtator tetor nëntor dhjetor
sausio vasario kovo balandžio gegužės birželio liepos rugpjūčio rugsėjo spalio lapkričio gruodžio
jaanuar veebruar märts aprill mai juuni juuli august september oktoober november detsember
janúar febrúar mars apríl maí júní júlí ágúst september október nóvember desember
januara|januarja februara|februarja marta|marca aprila maja juna|junija jula|julija avgusta septembra oktobra novembra decembra
јануара фебруара марта априла маја јуна јула августа септембра октобра новембра децембра
ינואר|בינואר פברואר|בפברואר מרץ|במרץ|מרס|במרס אפריל|באפריל מאי|במאי יוני|ביוני יולי|ביולי אוגוסט|באוגוסט ספטמבר|בספטמבר אוקטובר|באוקטובר נובמבר|בנובמבר דצמבר|בדצמבר
มกราคม|ม.ค กุมภาพันธ์|ก.พ มีนาคม|มี.ค เมษายน|เม.ย พฤษภาคม|พ.ค มิถุนายน|มิ.ย กรกฎาคม|ก.ค สิงหาคม|ส.ค กันยายน|ก.ย ตุลาคม|ต.ค พฤศจิกายน|พ.ย ธันวาคม|ธ.ค
জানুয়ারি|জানুয়ারী ফেব্রুয়ারি|ফেব্রুয়ারী মার্চ এপ্রিল মে জুন জুলাই আগস্ট সেপ্টেম্বর অক্টোবর নভেম্বর ডিসেম্বর
فروردین|فروردين اردیبهشت|ارديبهشت خرداد تیر|تير مرداد شهریور|شهريور مهر آبان آذر دی|دي بهمن اسفند
ژانویه|ژانويه فوریه|فوريه مارس آوریل|آوريل مه ژوئن ژوئیه|ژوئيه|جولای اوت|آگوست سپتامبر اکتبر نوامبر دسامبر
siječnja veljače ožujka travnja svibnja lipnja srpnja kolovoza rujna listopada studenoga|studenog prosinca
"""  # noqa: E501


def _folded(name: str) -> str:
    return unicodedata.normalize("NFKC", name).lower()


def _table() -> dict[str, int]:
    months: dict[str, int] = {}
    for line in _NAMES.strip().splitlines():
        for number, spellings in enumerate(line.split(), start=1):
            for name in spellings.split("|"):
                months.setdefault(_folded(name), number)
    return months


def _pattern(names: Sequence[str]) -> str:
    """A regular expression of all `names`, the longest first, that reads each letter once: as a list it is slow."""
    tails: dict[str, list[str]] = {}
    for name in sorted(filter(None, names)):
        tails.setdefault(name[0], []).append(name[1:])
    ways = [re.escape(first) + _pattern(rest) for first, rest in tails.items()]
    if not ways:
        return ""
    whole = ways[0] if len(ways) == 1 else f"(?:{'|'.join(ways)})"
    return f"(?:{whole})?" if "" in names else whole


MONTHS: dict[str, int] = _table()
MONTH_PATTERN = _pattern(list(MONTHS))
