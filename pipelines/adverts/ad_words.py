"""Words near an address: those that lead to one a reader may want, and those that only sell."""

from __future__ import annotations

import re

# An article's own addresses stand behind such words, or in the clause beside them.
LEADS_HAN = re.compile(
    "网站|网址|官网|域名|网页|主页|官方|网络|网上|网友|网民|网店|网购|网银|登[录陆入]|访问|浏览|打开|点击|点开|进入|输入|查询|"
    "查看|下载|注册|链接|地址|邮箱|邮件|邮编|博客|微博|平台|客户端|页面|频道|专题|搜索|详见|参见|详情|咨询|报名|拨打|热线|专线|"
    "电话|传真|联系|举报|线索|公众号|二维码|欢迎|敬请|如需|如有|订阅|来源|转载|摘自|出处|钓鱼|木马|病毒|網|登錄|連結|鏈接|查詢|"
    "電話|[Aa]pp|APP|サイト|ホームページ|アドレス|検索|問い合わせ"
)
# Ends of what stands right before an address that is part of its sentence, and heads of what goes on behind one.
GOVERNS_HAN = re.compile(
    r"(?:[据由在从到上向是为和与及或叫名如等像用至于对给将把被网站社司的见]|创办|推出|开通|成立|创立|收购|投资)\s*$"
)
TAKES_UP_HAN = re.compile(
    r"\s*(?:消息|报道|讯|[的网上是等和与及或将已在购站这为有也于里内中并就可]|宣布|发布|首页|注册|域名|公司|创始|总裁|进行|即可)"
)
ENDS_A_NAME = re.compile(r"(?:[网站社司部局院会台厅校店馆所处厂版器]|公司|中心|大学|集团|系统|工程|软件|计划|项目)\s*$")
_LATIN_NOUNS = (
    r"(?:web ?sites?|sites?|web ?pages?|web|pages?|portals?|blogs?|online|internet|urls?|links?|address|domains?|"
    r"e-?mails?|store|shop|apps?|platform|company|firm|startup|retailer|publisher|publication|newspaper|magazine|"
    r"operator|owner|founder|seite|webseite|internetseite|sito|sitio|página|pagina|adresse|dirección)"
)
_LATIN_VERBS = (
    r"(?:visit\w*|at|via|on|from|to|see|check|click|log|called|named|register\w*|download\w*|search|including|like|as|"
    r"and|or|und|et|y|e|by|of|with|contact|call|phone|more|information|info|unter|auf|bei|von|sur|chez|su|en|in)"
)
_SAYS_SITE = r"\b(?:web ?site|home ?page|url|visit|сайт\w*|портал\w*)\b"
NAMES_LATIN = re.compile(rf"\b{_LATIN_NOUNS}\W*$|{_SAYS_SITE}", re.IGNORECASE)
LEADS_LATIN = re.compile(rf"\b(?:{_LATIN_NOUNS}|{_LATIN_VERBS})\W*$|{_SAYS_SITE}", re.IGNORECASE)
TAKES_UP_LATIN = re.compile(
    r"\s(?:is|was|has|had|and|or|for|to|in|on|at|said|says|which|that|will|reports?|where|with|users?|site|website)\b"
)
REAL_NAMES = frozenset({"w3c", "web2py", "p2p", "b2b", "b2c", "o2o", "g20", "mp3", "mp4", "c4isrnet", "k12", "e2e"})

_SALES = (
    r"(?:cheap|cheapest|discount(?:s|ed)?|best|free|buy|order|replica|fake|watch(?:es)?|pills?|viagra|cialis|loans?|"
    r"payday|casinos?|poker|bets?|betting|bonus(?:es)?|deals?|bags?|shoes|handbags|tickets|flights|hotels|insurance|"
    r"mortgages?|prices?|online|now|today|offers?|coupons?|essays?|seo|followers|escorts?|gambling|slots|jerseys|sale)"
)
OFFERS = re.compile(
    r"(?:cheap|discount|replica|viagra|cialis|casino|poker|payday|essay|escort|porn|sex|gambl|slots)"
    r"|(?:buy|best|free|online)-?(?:pills|viagra|cialis|loans?|casinos?|bets?|essays?|followers|watches|bags|shoes|seo)"
)
ORDERS = re.compile(
    r"(?:^|(?<=[a-z0-9,;%]\s))(?P<order>(?:(?:please|just)\s)?"
    r"(?:visit|click(?: on)?|go to|buy (?:it )?(?:at|on|from)|order at|shop at|check out"
    rf"|(?P<goods>(?:buy|order|get|shop)(?:\s{_SALES}){{1,4}})\s(?:at|from|on))\s)$"
)
ORDER_TAIL = re.compile(rf"(?:\s(?:for|to))?(?:\s{_SALES}){{1,6}}\b", re.IGNORECASE)
MAY_ORDER = re.compile(
    r"\b(?:to|can|could|may|might|should|must|will|would|please|and|or|you|they|we|i|who|that|let|not|readers?|"
    r"customers?|users?|visitors?|people|fans|also|then|simply|first|either)\W*$",
    re.IGNORECASE,
)
ASKS_TO_ADD = re.compile("要求|诱|骗|对方|微信|QQ|热线|举报|报名|联系|线索|公众|地址|邮箱|网址|咨询")
ASKS_TO_CALL = re.compile(
    r"要求|诱|骗|请|可|市民|读者|如有|如需|拨|热线|举报|报名|咨询|联系|线索|添加|关注|公众|地址|邮箱|传真|欢迎|网址|邮编|[Cc]all|[Cc]ontact"
)
# What makes the noun behind it part of the sentence: an online casino, 在娱乐城.
OWNS_NOUN = re.compile(
    r"(?:\b(?:an?|the|of|for|at|in|on|to|as|and|or|with|via|from|about|by|into|his|her|its|their|our|your|my|new|this|"
    r"that|these|those|many|some|several|other|more|are|is|was|were|offers?|offering|runs?|running|called|like|into|"
    r"against|legal|illegal|major|popular|between|than|licensed|launch\w*|play\w*|[Bb]an\w*)\s"
    r"|[的在于是和与个家了为从对以把被向到及、“《营赌玩办开查获些种各参涉]|进行|参与|从事|组织|经营|通过|利用|提供|打击|一[些种个家])$",
    re.IGNORECASE,
)
