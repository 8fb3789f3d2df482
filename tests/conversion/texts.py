"""Two hundred texts of every sort that the converted model and the reference have to agree on."""

from itertools import product

_EDGES = (
    "",
    " ",
    "\n\t \r\n",
    "a",
    "Hello",
    "hello",
    "HELLO",
    "!",
    "...",
    "?!?!",
    "0",
    "3.14159",
    "1,000,000.00",
    "-273.15 °C",
    "2024-02-29T23:59:60Z",
    "don't can't won't y'all'd've",
    "e-mail: jane.doe+test@example.org",
    "https://example.org/a/b?c=d&e=%20f#g",
    "C:\\Users\\jane\\file (1).txt",
    "snake_case camelCase kebab-case SCREAMING_CASE",
    "a" * 100,
    "pneumonoultramicroscopicsilicovolcanoconiosis",
    "x = [i ** 2 for i in range(10) if i % 2 == 0]",
    '<p class="a">It\'s &lt;b&gt;</p>',
    '{"key": ["value", null, true, 1e-9]}',
    "SELECT * FROM users WHERE name = 'O''Brien'; -- comment",
    "#hashtag @mention $100 50% a^b ~ | `code`",
    "[CLS] this is not a special token [SEP] [MASK] [PAD] [UNK] [unused1]",
    "##ing is a piece, and ##s is another",
    "zero\u200bwidth\u200dand\u00adsoft\ufeffhyphens",
    "non\u00a0breaking\u2003and\u3000wide spaces",
    "a\x00b\x07c\x1bd\x7fe\ufffdf",
    "“quotes” ‘quotes’ «quotes» „quotes“ — dash – dash … ellipsis",
    "ﬁne ligatures, ½ cup, x², H₂O, №5, ™ © ®",
    "∀x ∈ ℝ: ⌈x⌉ = −⌊−x⌋ ⇒ ∑ ≠ ∏ ± ∞",
    "€ £ ¥ ₹ ₽ ₿ ¢",
    "│ box ─ drawing ┼ █ ▓ ▒ ░ ▲ ● ♥ ✓",
)

_ACCENTS = (
    "Crème brûlée à la façon de l'évêque",
    "Straße, Größe, Übermut und äußerst süße Öfen",
    "El niño comió jalapeños en el año pingüino",
    "Çığ, İstanbul, ıssız, şöyle, ğ",
    "Příliš žluťoučký kůň úpěl ďábelské ódy",
    "Zażółć gęślą jaźń",
    "Árvíztűrő tükörfúrógép",
    "Þórður og æska á Ísafirði, smørrebrød, ångström",
    "Tiếng Việt có rất nhiều dấu thanh",
    "Ștefan și țara, mâine dimineață",
    "cafe\u0301 and caf\u00e9 are one word, as are A\u030angstro\u0308m and Ångström",
    "Z̸a̷l̶g̵o̴ t̷e̸x̵t̶ has many marks",
)

_SCRIPTS = (
    "Съешь же ещё этих мягких французских булок, да выпей чаю",
    "Щедрий вечір, добрий вечір, їжак і ґанок",
    "Ξεσκεπάζω την ψυχοφθόρα βδελυγμία",
    "Ἐν ἀρχῇ ἦν ὁ λόγος",
    "שלום עולם, מה שלומך היום?",
    "שָׁלוֹם עֲלֵיכֶם",
    "مرحبا بالعالم، كيف حالك اليوم؟",
    "بِسْمِ ٱللَّٰهِ ٱلرَّحْمَٰنِ ٱلرَّحِيمِ",
    "سلام دنیا، امروز هوا خوب است",
    "你好，世界！今天天气很好。",
    "機械学習は面白いです。",
    "カタカナとひらがなと漢字が混ざった文章、ガギグゲゴ。",
    "ﾊﾝｶｸｶﾅ １２３ ＡＢＣ",
    "我们 mix 中文 and English 在一起 v2.0",
    "𠀀𠮷 are rare characters",
    "สวัสดีชาวโลก วันนี้อากาศดี",
    "გამარჯობა მსოფლიო",
    "Բարեւ աշխարհ, ինչպես ես",
    "ሰላም ለዓለም",
    "Ꮳꮃꭹ ᎣᏏᏲ",
    "Ελλάδα Россия 中国 日本 العربية in one line",
    "Ⅷ ⅸ ① ② ㊙ ㍿",
    "𝔣𝔯𝔞𝔨𝔱𝔲𝔯 𝒔𝒄𝒓𝒊𝒑𝒕 ｆｕｌｌｗｉｄｔｈ",
)

_EMOJI = (
    "😀",
    "I love pizza 🍕🍕🍕",
    "👩‍👩‍👧‍👦 a family and 🏳️‍🌈 a flag",
    "👍🏽 skin tones 👋🏿",
    "🇫🇷🇯🇵 flags",
    "great job!!! 🎉🎊✨ #winning",
    "♥️ ☺️ ✔️ ☎️",
    "🤷 ¯\\_(ツ)_/¯ (╯°□°)╯︵ ┻━┻",
)

_SUBJECTS = (
    "The old lighthouse keeper",
    "A small team of engineers in Nairobi",
    "My neighbour's cat",
    "The committee on public health",
    "Nobody at the railway station",
    "An orchestra without a conductor",
)
_VERBS = (
    "repaired the broken pump before the storm arrived",
    "could not explain why the numbers had changed overnight",
    "is looking for volunteers who speak Portuguese",
    "sold twelve paintings for $4,500 each on 3 May 1987",
    'wrote: "Never again!" and left',
)
_ENDINGS = ("", ", which surprised everyone.", "; the report (see page 12) says otherwise.")

_LONG = (
    "The quick brown fox jumps over the lazy dog while seven wizards quietly vex the jumping frogs. " * 11,
    " ".join(f"item {n}: {'widget' if n % 3 else 'gadget'} no. {n * 37 % 101}," for n in range(12)),
    "Долгая история о том, как кот пошёл в лес. " * 3,
    "春眠不覺曉，處處聞啼鳥。夜來風雨聲，花落知多少。" * 2,
    "word " * 254,
    "🙂 " * 40,
)


def two_hundred() -> tuple[str, ...]:
    """All different; none has more than 256 tokens, some nearly as many."""
    fixed = (*_EDGES, *_ACCENTS, *_SCRIPTS, *_EMOJI, *_LONG)
    plain = [f"{subject} {verb}{end}" for subject, verb, end in product(_SUBJECTS, _VERBS, _ENDINGS)]
    questions = [f"Why is it that {text[0].lower()}{text[1:]}?" for text in plain[::3]]
    return (*fixed, *plain, *questions)[:200]
