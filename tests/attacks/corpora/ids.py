"""Strings that somebody could send for an id: to break keys, patterns, logs, paths or queries."""

import unicodedata
from itertools import product

MAX_ID_CHARS = 128
MAX_CLIENT_ID_CHARS = 64

# What separates or stands for something in keys, here or in stores like ours.
_SEPARATORS = (
    *(":", "::", ":x", "x:", "a:b", "a:b:c", ":a:", "{", "}", "{}", "{a}", "{a}b", "a{b}c"),
    *("{{a}}",),
    *("}{", "{t:acme}", "{t:acme}:conns", "parley:{t:acme}:roster:x", "{sys}", "a}:{t:globex"),
    *("#", "##", "#x", "x#", "a#b", "a#b#c", "T#acme", "T#acme#R#g-1", "R#g-1", "M#ann", "S#1"),
    *("S#0000000000000001", "K#ann#c", "V#0000000000000001", "C#north#x", "O#x", "META", "PROFILE"),
    *("CREATING", "REVOKED", "SETTINGS", "TENANTS", "DEPLOYMENT", "CURSORS", "TICKET", "W"),
    *("U#ann",),
    *("%", "%%", "%2", "%25", "%23", "%2523", "%3A", "%7B%7D", "%00", "%0d%0a", "%u0041", "a%3Ab"),
    *("/", "//", "/x", "x/", "a/b", "\\", "a\\b", "|", "a|b", ",", "a,b", ";", "a;b", "=", "a=b"),
    *("&", "a&b=c", "?", "a?b", "@", "a@b", "@x", "@manage", "@manage/", "@manage/ann"),
    *("a@b.example",),
    *("+", "a+b", "*", "a*", "**", "[a-z]*", "?*", "^x$", ".*", "a.b", ".", "..", "...", "$", "$x"),
    *("~", "!", "!x", "(", ")", "()", "<", ">", "<>", "'", '"', "`", "''", '""', "-", "--", "_"),
    *("__",),
    *("- x", "-x", "--help", "a b", "a  b", "new", "new-x", "d-", "g-", "m-", "c-", "o-", "d-0"),
    *("n",),
)
# What other programs take for a command.
_COMMANDS = (
    *("../", "../../etc/passwd", "..\\..\\windows\\win.ini", "....//....//etc", "/etc/passwd"),
    *("%2e%2e%2f", "%252e%252e%252f", "..%c0%af", "..%00/", "file:///etc/passwd", "~root", "C:\\x"),
    *("' OR 1=1 --", "' OR ''='", '" OR ""="', "1; DROP TABLE users", "admin'--", "') OR ('1'='1"),
    *("1 UNION SELECT 1", "'; EXEC xp_cmdshell('x')--", 'SELECT * FROM "t"', "x' AND sk > 'a"),
    *("begins_with(sk, :x)", "attribute_exists(pk)", ":pk", "#pk", ":v0", "#n0", "pk = :pk"),
    *("SET a=b",),
    *('{"$gt": ""}', '{"$ne": null}', '{"S": "x"}', "{$where: 1}", "[$ne]", "true, $where: '1'"),
    *("*)(uid=*", "*)(|(a=*", "x' or '1'='1", "//user[1]", "<!ENTITY x SYSTEM 'a'>", "<!--", "-->"),
    *("${7*7}", "{{7*7}}", "#{7*7}", "<%= 7*7 %>", "${jndi:ldap://x.example/a}", "{{constructor}}"),
    *("$(id)", "`id`", "; id", "| id", "& id", "&& id", "|| id", "> /tmp/x", "\\$(id)", "$IFS"),
    *("%s", "%n", "%x%x%x", "%d%s", "%(name)s", "{0}", "{name}", "{0.__class__}", "\\x00", "\\n"),
    *("\\u0000",),
    *("<script>alert(1)</script>", "<img src=x onerror=alert(1)>", "javascript:alert(1)"),
    *("<svg/onload=a>",),
    *("'><b>", '"onmouseover="a', "</title>", "data:text/html,x", "&lt;", "&#0;", "&amp;"),
    *("FLUSHALL", "KEYS *", "EVAL x 0", "SCAN 0 MATCH *", "*1\\r\\n$8\\r\\nFLUSHALL"),
    *("redis.call('x')",),
    *("__proto__", "constructor", "prototype", "hasOwnProperty", "toString", "__class__"),
    *("__init__",),
    *("null", "NULL", "None", "nil", "undefined", "true", "false", "NaN", "Infinity", "-0", "0"),
    *("-1",),
    *("1", "01", "1.0", "1e9", "0x10", "9007199254740993", "[]", "[object Object]", "''''", "CON"),
    *("aux",),
    *("localhost", "127.0.0.1", "169.254.169.254", "http://x.example/", "//x.example"),
    *("x.example.",),
)
# What looks alike, is composed otherwise, or runs the other way.
_LETTERS = (
    *("Ann", "ANN", "ann ", " ann", "аnn", "ａｎｎ", "ɑnn", "ann\u200b", "\ufeffann", "ann\u2060"),
    *("é", "e\u0301", "Å", "\u212b", "ﬁ", "ﬀ", "ß", "ẞ", "İ", "ı", "ſ", "K", "\u212a", "Ω"),
    *("\u2126",),
    *("ǅ", "ŉ", "가", "\u1100\u1161", "一", "豈", "\uf900", "क़", "\u0958", "ё", "е\u0308", "ά"),
    *("\u1f71",),
    *("٣", "３", "१", "²", "①", "Ⅷ", "½", "〇", "𝟘", "𝐚", "🅰", "℡", "ª", "µ", "№", "…", "‥"),
    *("\u202eann", "ann\u202e", "\u2066a\u2069", "\u200f", "\u200e", "\u061c", "שלום", "مرحبا"),
    *("‏א",),
    *("\u00a0", "a\u00a0b", "\u2003", "\u3000", "\u2028", "a\u2028b", "\u2029", "\u180e", "\u200b"),
    *("\u200c", "\u200d", "\u2060", "\u00ad", "\ufe0f", "\ufe0e", "\u034f", "\u115f", "\u3164"),
    *("\u2800",),
    *("\u0301", "a\u0301", "a" + "\u0301" * 60, "\u20e3", "Z͑ͫ̓a̷l", "q\u0307\u0323", "q\u0323\u0307"),
    *(
        "😀",
        "👩\u200d👩\u200d👧",
        "🇩🇪",
        "🇩",
        "👍🏽",
        "🏽",
        "1\ufe0f\u20e3",
        "🏴\U000e0067\U000e007f",
    ),
    *("\U000e0001",),
    *("\ue000", "\uf8ff", "\U000f0000", "\U0010fffd", "\ufffe", "\uffff", "\U0010ffff", "\u0378"),
    *("\ufdd0",),
    *("\ufffd", "\ufffc", "漢字", "日本語テキスト", "ไทย", "ქართული", "አማርኛ", "தமிழ்", "ខ្មែរ", "བོད"),
)
CONTROLS = tuple(map(chr, (*range(0x20), *range(0x7F, 0xA0))))
_WITH_CONTROLS = (
    *(f"a{control}b" for control in CONTROLS),
    *("ann\n", "\nann", "ann\r\n", "a\r\nSet-Cookie: x=1", "a\nlevel=ERROR"),
    *('"}\n{"level":"ERROR"', "\0"),
    *("\x1b[31mred", "\x1b]0;title\x07", "\x9b31m", "a\x00", "\x00", "\n", "\r", "\t", "a\tb"),
    *("\x7f",),
)
_LENGTHS = tuple(
    char * count
    for char, count in product(("x", "é", "語", "😀"), (63, 64, 65, 127, 128, 129, 256, 1_000))
)
_LONG = (
    "x" * 10_000,
    "😀" * 5_000,
    "%" * 128,
    "#" * 128,
    ":" * 128,
    "{" * 64 + "}" * 64,
    "../" * 42,
)

HOSTILE: tuple[str, ...] = tuple(
    dict.fromkeys(("", *_SEPARATORS, *_COMMANDS, *_LETTERS, *_WITH_CONTROLS, *_LENGTHS, *_LONG))
)
# What JSON can hold in place of a string.
NO_STRINGS: tuple[object, ...] = (None, True, False, 0, 1, -1, 1.5, 2**53, [], ["a"], {}, {"a": 1})


def is_legal(text: str, max_chars: int = MAX_ID_CHARS) -> bool:
    """Tell whether SPEC §1 allows an id of users, tenants, spaces and clients."""
    composed = unicodedata.normalize("NFC", text) == text
    return (
        1 <= len(text) <= max_chars
        and composed
        and all(unicodedata.category(char) not in ("Cc", "Cs") for char in text)
    )


LEGAL: tuple[str, ...] = tuple(text for text in HOSTILE if is_legal(text))
