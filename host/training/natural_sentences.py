# ruff: noqa: E501  (the prompt is one line in the world, too)
"""Sentences written by hand, in no template and never trained on: how a visitor would type them.

The list was fixed before the first training run.
"""

SPIN_STYLE = """<<SYS>>
You are a bot that generates sentiment analysis responses. Respond with a single positive, negative, or neutral.
<</SYS>>
[INST]
Follow the pattern of the following examples:

User: Hello, I am Eve
Bot: neutral

User: This trip makes me so happy
Bot: positive

User: This trip was a sad affair
Bot: negative
[/INST]

User: {s}
Bot:"""

# What most people try first. The generator can say some of these, so they are counted apart.
FAMILIAR: list[tuple[str, str]] = [
    ("I love this movie", "positive"),
    ("This is terrible", "negative"),
    ("The package arrived on Tuesday", "neutral"),
    ("I am so happy today!", "positive"),
    ("The food was awful and the waiter was rude", "negative"),
    ("Hi, my name is Bob", "neutral"),
    ("Not worth the money", "negative"),
]
NATURAL: list[tuple[str, str]] = [
    ("Great phone, the camera is fantastic.", "positive"),
    ("I can't believe how good this cake tastes", "positive"),
    ("We had the time of our lives in Lisbon", "positive"),
    ("My grandmother's soup always makes me feel better", "positive"),
    ("Kudos to the team, they nailed it", "positive"),
    ("The kids had a wonderful afternoon at the zoo", "positive"),
    ("Finally a laptop that just works!", "positive"),
    ("Your support was super friendly and solved it in minutes", "positive"),
    ("I'd recommend this place to all my friends", "positive"),
    ("What a lovely surprise, thank you", "positive"),
    ("It's not bad at all, I was pleasantly surprised", "positive"),
    ("The room was small, but the view was breathtaking", "positive"),
    ("She sings like an angel", "positive"),
    ("I'm proud of what we built together", "positive"),
    ("Best coffee in the whole city", "positive"),
    ("The new update makes everything so much faster", "positive"),
    ("This book is a treasure", "positive"),
    ("Everything went really well at the interview", "positive"),
    ("We can't wait to come back next summer", "positive"),
    ("i really enjoyed the concert last night", "positive"),
    ("Awesome, exactly what I was hoping for", "positive"),
    ("The worst customer service I have ever experienced", "negative"),
    ("I am really disappointed with my new headphones", "negative"),
    ("The plot made no sense and the acting was wooden", "negative"),
    ("It broke on the second day", "negative"),
    ("I hate waiting in line", "negative"),
    ("My flight got cancelled and nobody helped us", "negative"),
    ("The hotel was dirty and the bed was uncomfortable", "negative"),
    ("This app keeps crashing and I lost all my photos", "negative"),
    ("I feel sick and tired today", "negative"),
    ("The soup was cold and tasteless", "negative"),
    ("I wouldn't go there again", "negative"),
    ("He was late again and did not even apologize", "negative"),
    ("The sound is good, but the battery dies after an hour", "negative"),
    ("My cat died yesterday and I am heartbroken", "negative"),
    ("That was a complete waste of two hours", "negative"),
    ("The instructions are confusing and useless", "negative"),
    ("I'm so angry about this bill", "negative"),
    ("they never answer the phone, awful company", "negative"),
    ("The weather has been miserable all week", "negative"),
    ("She didn't like the present at all", "negative"),
    ("This is the most boring lecture I've ever attended", "negative"),
    ("I'm afraid we are going to lose our house", "negative"),
    ("The jacket looked nice, but it fell apart after one wash", "negative"),
    ("Too expensive for such poor quality", "negative"),
    ("The meeting starts at ten in room four", "neutral"),
    ("Water freezes at zero degrees", "neutral"),
    ("There are three apples in the bowl", "neutral"),
    ("What time does the library close?", "neutral"),
    ("The train to Berlin leaves from platform 2", "neutral"),
    ("My sister lives in Canada", "neutral"),
    ("I had pasta for dinner", "neutral"),
    ("The book has 320 pages", "neutral"),
    ("She works at a bank", "neutral"),
    ("Please send me the invoice by Friday", "neutral"),
    ("The car is parked behind the house", "neutral"),
    ("He was born in 1984 in Madrid", "neutral"),
    ("The shop is open from Monday to Saturday", "neutral"),
    ("We need two eggs and a cup of sugar", "neutral"),
    ("The report was published last week", "neutral"),
    ("Can you tell me where the station is?", "neutral"),
    ("The table is made of oak", "neutral"),
    ("I usually take the bus to work", "neutral"),
    ("The film is about a family in Japan", "neutral"),
    ("Paris is the capital of France", "neutral"),
    ("I put the keys on the shelf", "neutral"),
    ("The class has twenty students", "neutral"),
    ("The keyboard has a number pad", "neutral"),
]
