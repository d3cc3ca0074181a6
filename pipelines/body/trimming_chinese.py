"""Lines that Chinese portals set above and below an article: credits, stamps, tools, notices, calls to follow."""

from __future__ import annotations

import re
from collections.abc import Sequence

from pipelines.body.trimming import Trimmed
from pipelines.people.han_forms import simplified
from pipelines.text import normalise_for_match

_HEAD_LINES = 8
_TAIL_LINES = 12
_MOST_CHARS = 90
_OPEN = r"^[\s\W]{0,4}"
_CREDIT_LABELS = (
    r"(?:本文|文章|新闻|信息|稿件|消息)?(?:来源|稿源|出处|转载自|转自|摘自)|(?:文章|本文)?作者|记者|通讯员|"
    r"(?:责任|本文|执行|值班|网络)?(?:编辑|编审|校对|审核|监制|终审|初审|复审|二审|三审)|责编|撰文|"
    r"译者?|翻译|摄影|供稿|整理|录入|排版|制图|发布(?:者|人|单位|机构)?"
)
_STAMP_LABELS = (
    r"(?:发布|发表|发稿|更新|刊登|创建|成文|上传)?(?:日期|时间)|浏览(?:次数|量)?|点击(?:次数|率|数)?|阅读(?:次数|量)?|"
    r"访问(?:次数|量)?|人气|字号|字体|标签|关键词|关键字|分类|栏目|索引号"
)
_CREDIT = re.compile(f"{_OPEN}(?:{_CREDIT_LABELS})\\s{{0,3}}(?:[:：]|>>)", re.IGNORECASE)
_STAMP = re.compile(f"{_OPEN}(?:{_STAMP_LABELS})\\s{{0,3}}(?:[:：]|>>)")
_WHEN = re.compile(
    r"^(?:(?:19|20)\d\d\s?[-/.年]\s?\d{1,2}(?:\s?[-/.月]\s?\d{1,2}\s?日?)?|\d{1,2}/\d{1,2}/(?:19|20)\d\d)"
    r"[\s,，]{0,3}(?:星期.)?\s?(?:[上下]午)?\s?(?:\d{1,2}[:：时]\d\d(?:[:：分]\d\d)?秒?)?\s?(?:[AP]M)?(?:更新)?$",
    re.IGNORECASE,
)
_TOOLS = re.compile(
    f"{_OPEN}(?:打印(?:本[稿文页]|此[文页])?|关闭(?:窗口|本页)?|返回(?:首页|顶部|页首|上一?页|列表|目录|搜狐.{{0,9}})|收藏(?:本文|此文)?|"
    r"推荐给?(?:朋友|好友)?|纠错|举报|复制链接|字[号体]\s?[:：]?\s?[大中小\s|+-]{0,9}|调整字体|加入收藏|分享(?:到|至|本文|给)?.{0,12}|点赞|"
    r"展开(?:全文|剩余.{0,9})|查看更多|加载更多|更多精彩.{0,14}|上一[篇页条则].{0,40}|下一[篇页条则].{0,40}|发表评论|我要(?:评论|纠错)|"
    r"(?:pdf|word)\s?下载.{0,9}|延伸\W{1,3}推荐|热门推荐|相关推荐)[\s\W]{0,6}$",
    re.IGNORECASE,
)
_FOLLOW = re.compile(
    f"{_OPEN}(?:.{{0,8}}扫(?:一扫|码|描).{{0,24}}|(?:请|欢迎|敬请|点击|长按)?(?:关注|订阅|下载).{{0,20}}(?:公众号|客户端|app|微博|微信|频道|头条号).{{0,20}}"
    r"|.{0,12}(?:报料|爆料|投稿|新闻)(?:热线|电话|邮箱).{0,40}|发送邮件至.{0,60}|trackback.{0,80}"
    r"|.{0,24}(?:已被|共)?(?:阅读|浏览|点击)\s?\d{1,9}\s?次.{0,4})$",
    re.IGNORECASE,
)
_NOTICE = re.compile(
    f"{_OPEN}(?:.{{0,8}}(?:版权与?(?:及|和)?免责|版权|免责|特别|郑重|本站|转载|原创|风险)(?:声明|提示|提醒)(?:[\\s\\W]|$)"
    r"|凡本(?:网|站|报|刊).{0,12}(?:来源|注明)"
    r"|(?:以上|本文|文章|上述)(?:内容|文章|信息|言论|观点|图片)?.{0,20}(?:仅代表|不代表|仅供参考|不构成)"
    r"|(?:(?:本网|本站|本文|本报|原创|版权|作品|稿件|内容|图片)\S{0,6})?(?:未经|不得|禁止|谢绝|严禁).{0,16}(?:转载|复制|摘编|镜像)"
    r"|(?:如有?|若有?|图文)?.{0,4}侵权.{0,12}(?:删除|处理|撤稿)|如因作品内容|联系电话|(?:copyright|©|ⓒ|版权所有)|.{0,8}ICP备)",
    re.IGNORECASE,
)
_MORE = re.compile(
    f"{_OPEN}(?:相关|延伸|推荐|更多|热门|精彩|往期|猜你|大家都在)(?:阅读|新闻|报道|报导|链接|推荐|文章|内容|专题|喜欢|看|回顾|搜)[\\s\\W]{{0,4}}$"
)
_SENTENCE = re.compile("[。！？…](?:[”’」』）)]{0,2})$")


def trim_chinese(text: str, title: str) -> Trimmed:
    """`text` without the lines at its ends that are not the article's words; all of it when nothing would be left."""
    lines = [line for line in text.split("\n") if line.strip()]
    reasons = chinese_reasons(lines, title)
    kept = [line for line, reason in zip(lines, reasons, strict=True) if not reason]
    if not kept or len(kept) == len(lines):
        return Trimmed(text)
    return Trimmed("\n".join(kept), tuple((line, why) for line, why in zip(lines, reasons, strict=True) if why))


def chinese_reasons(lines: Sequence[str], title: str) -> list[str]:
    """For each line of a Chinese body why it is not the article's, "" for those that are; its ends are looked at."""
    headline = normalise_for_match(simplified(title))
    lines = [simplified(line) for line in lines]
    reasons = [""] * len(lines)
    for at, line in enumerate(lines[:_HEAD_LINES]):
        if _is_running(line) and len(line) > 2 * len(title):
            break
        reasons[at] = "the title again" if headline and normalise_for_match(line) == headline else _above(line)
    last = max((at for at, line in enumerate(lines) if _is_running(line) and not _below(line)), default=-1)
    ended = False
    for at in range(max(last + 1, len(lines) - _TAIL_LINES), len(lines)):
        ended = ended or _MORE.match(lines[at][:_MOST_CHARS]) is not None
        reasons[at] = reasons[at] or ("related links" if ended else _below(lines[at]))
    return reasons


def _is_running(line: str) -> bool:
    return len(line) > _MOST_CHARS or (len(line) > 15 and _SENTENCE.search(line) is not None)


def _above(line: str) -> str:
    if _STAMP.match(line) or _WHEN.match(line[:60]):
        return "date line"
    return _around(line)


def _below(line: str) -> str:
    if _NOTICE.match(line[:_MOST_CHARS]):
        return "notice of rights"
    if len(line) > _MOST_CHARS:
        return ""
    if _FOLLOW.match(line):
        return "call to follow"
    return "date line" if _STAMP.match(line) else _around(line)


def _around(line: str) -> str:
    if _CREDIT.match(line) and not _SENTENCE.search(line):  # a question in an interview has a stop
        return "credits"
    return "page tools" if _TOOLS.match(line) else ""
