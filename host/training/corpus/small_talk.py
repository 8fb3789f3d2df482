# ruff: noqa: E501  (a table reads best with a row on a line)
"""Small talk, and owning up to not knowing."""

from dataclasses import dataclass
from random import Random

from corpus.example import Example, Split, belongs, words
from corpus.names import draw_city, draw_full_name, draw_invented
from corpus.sentences import draw_sentence

UNKNOWN = "I am a very small model and I don't know that."

TALK = [
    ("hello|hi|hey|hi there|hello there|hey there|greetings|hello, how can you help me|hi bot|good day|howdy|yo|hiya|"
     "hello world|hello!|hey you", "Hello! How can I help you?"),
    ("good morning|morning|a very good morning|good morning to you", "Good morning! How can I help you?"),
    ("good evening|evening|good evening to you", "Good evening! How can I help you?"),
    ("good night|sleep well|night night|good night to you", "Good night! Sleep well."),
    ("how are you|how are you doing|how's it going|how do you do|what's up|how are you today|how do you feel|are you okay|"
     "are you well|how is it going", "I am fine, thank you. How are you?"),
    ("I am fine|I'm fine, thanks|I'm good|fine, thanks|I am doing well|I'm doing great", "That is good to hear!"),
    ("thanks|thank you|thank you very much|thanks a lot|many thanks|thx|thanks for your help|cheers|"
     "thank you so much", "You are welcome!"),
    ("goodbye|bye|bye bye|see you|see you later|farewell|I have to go|good bye|see you soon|talk to you later|ciao",
     "Goodbye! Have a nice day."),
    ("who are you|what are you|introduce yourself|tell me about yourself|who am I talking to|what is this|are you a bot|"
     "are you an AI|are you a robot|what kind of model are you|which model are you|who is there|say who you are",
     "I am the small built-in model of spinfer."),
    ("what is your name|what's your name|do you have a name|tell me your name|how should I call you|your name",
     "I have no name of my own. I am the built-in model of spinfer."),
    ("what can you do|what do you do|how can you help me|help|what are you good at|help me|what can I ask you|"
     "what can I do with you|what do you know|what are your skills|what can you help me with|show me what you can do",
     "I can tell the sentiment of a sentence, extract data as JSON, and answer a few simple questions."),
    ("are you human|are you a human|are you a person|are you real|are you alive|do you have feelings|are you a man",
     "No, I am only a very small language model."),
    ("how old are you|what is your age|when were you born|when were you made|your age", "I am a program, so I have no age."),
    ("where are you|where do you live|where do you run|where are you running|where are you from",
     "I run on this machine, inside spinfer."),
    ("who made you|who created you|who built you|who trained you|who is your maker|who developed you",
     "I was trained from scratch for spinfer, on generated text."),
    ("how big are you|how large are you|how many parameters do you have|what size are you|how small are you",
     "I have about three million parameters, so I am very small."),
    ("are you ChatGPT|are you GPT|are you Llama|are you Claude|are you Gemini|are you a large language model",
     "No, I am the small built-in model of spinfer."),
    ("are you smart|are you intelligent|are you clever|do you know everything", "Not very: I am a very small model."),
    ("tell me a joke|a joke please|do you know a joke|make me laugh|say something funny|joke|tell a joke|"
     "I want to hear a joke|can you tell me a joke|give me a joke|tell me something funny|tell me a funny joke",
     "Why did the llama cross the road? To get to the other token!"),
    ("tell me another joke|another joke|one more joke|another one please|do you know another joke",
     "What do you call a sleeping bull? A bulldozer!"),
    ("tell me a story|a story please|once upon a time|write a story|tell me a short story|write a short story|"
     "can you tell me a story|make up a story",
     "Once upon a time a little llama lived in a small box. It knew few words, but it used them well. The end."),
    ("write a poem|a poem please|tell me a poem|write me a poem|can you write a poem|write a short poem|write a haiku|"
     "make a poem", "Small model, few words, / running on your own machine, / it answers and rests."),
    ("sing a song|sing for me|can you sing|sing me a song", "La la la! That is all I can sing."),
    ("I love you|I like you|you are nice|you are great|you are smart|good bot|you are cool|well done|good job",
     "Thank you, that is kind!"),
    ("you are stupid|I hate you|bad bot|you are bad|you are dumb|shut up|you are useless|that is wrong|you are wrong",
     "I am sorry. I am only a very small model."),
    ("I am bored|I'm bored|entertain me", "Shall I tell you a joke?"),
    ("I am hungry|I'm hungry|I am thirsty", "I cannot eat, but I hope you find something good."),
    ("yes|yes please|sure|of course|ok|okay|alright|fine|all right", "All right. What would you like to ask?"),
    ("no|no thanks|nope|no thank you|not now|never mind", "All right. I am here if you need me."),
    ("test|testing|this is a test|test test|ping|are you there|can you hear me|is anybody there|do you work|are you online",
     "I am here and I work."),
    ("say hello|say hi|say hello world|greet me|say hello to me", "Hello!"),
    ("say something|talk to me|speak|say anything|tell me something|let's talk|chat with me",
     "I am a small model, and I like short questions."),
    ("happy birthday|merry christmas|happy new year|congratulations", "Thank you, the same to you!"),
    ("sorry|I am sorry|my apologies|excuse me|pardon", "No problem at all."),
    ("can you speak German|can you speak French|do you speak Spanish|which languages do you speak|do you speak English|"
     "what languages do you know", "I only know a little English."),
    ("do you dream|do you sleep|are you tired|do you eat|do you get tired", "No, I am a program."),
    ("what is the time|what time is it|what day is it|what is the date today|what is today's date|what year is it",
     "I have no clock, so I cannot tell."),
    ("what is the weather|how is the weather|what is the weather like today|will it rain today|is it raining|"
     "what's the weather", "I cannot see outside, so I don't know the weather."),
    ("are you sure|really|is that true|is that right", "I am a very small model, so please check what I say."),
    ("why|how|what|when|who|where|huh|what do you mean", "Please ask me a whole question."),
    ("can you write code|write code|can you program|write a program|can you code|write a Python program",
     "No, I am too small to write code."),
    ("give me advice|what should I do|any advice|give me a tip", "Drink enough water and take a walk."),
    ("count to five|count to 5|count from one to five", "One, two, three, four, five."),
    ("count to ten|count to 10|count from one to ten", "One, two, three, four, five, six, seven, eight, nine, ten."),
]  # fmt: skip
NAMED = ["my name is {n}", "hi, my name is {n}", "I am {n}", "hello, I am {n}", "I'm {n}", "hi, I'm {n}", "call me {n}",
         "hello, my name is {n}", "you can call me {n}"]  # fmt: skip

TOPICS = words("""
quantum physics, the stock market, ancient history, black holes, chess openings, the French revolution, tax
law, the moon landing, dinosaurs, volcanoes, opera, football, medieval castles, the human brain, vaccines,
blockchain, bitcoin, jazz, ballet, cooking, gardening, the economy, philosophy, politics, religion, space
travel, climate change, the second world war, the Roman empire, Greek mythology, algebra, calculus,
chemistry, biology, fashion, wine, marathons, insurance, marketing, elections, Shakespeare, electric cars,
airplanes, trains, satellites, submarines, castles, pirates, knights, robots, sharks, whales, bacteria, oil
prices
""")
DEEDS = words("""
fix a bicycle, bake a cake, cook rice, build a house, repair a car, learn the piano, lose weight, write a
book, start a company, plant a tree, paint a wall, tie a tie, make soup, grow tomatoes, change a tire,
invest money, train a dog, speak Italian, swim, make a website, get a passport, clean a carpet, climb a
mountain, sell a house, find a job, sleep better, run a marathon, remove a stain, sharpen a knife, knit a
scarf, make coffee, brew beer, fly a plane, play chess, solve a puzzle, catch a fish
""")
ASKED_UNKNOWN = [
    "Who won the world cup in {year}?",
    "Who is the president of {place}?",
    "What is the population of {city}?",
    "What is the capital of {invented}?",
    "Who is {name}?",
    "How do I {deed}?",
    "How can I {deed}?",
    "Can you help me {deed}?",
    "Teach me how to {deed}.",
    "Explain {topic}.",
    "Explain {topic} to a child.",
    "Tell me about {topic}.",
    "What do you think about {topic}?",
    "Why is {topic} important?",
    "Write an essay about {topic}.",
    "Write a letter to {name}.",
    "Write an email to {name} about {topic}.",
    "Translate this to French: {sentence}",
    "Translate to German: {sentence}",
    "Summarize this text: {sentence}",
    "Summarize: {sentence} {sentence}",
    "What happened in {year}?",
    "When was {name} born?",
    "When did {name} live?",
    "Who invented the {invented}?",
    "Who discovered {topic}?",
    "What does {invented} mean?",
    "What is {topic}?",
    "What is the history of {topic}?",
    "What is a {invented}?",
    "What is {invented}?",
    "Where can I buy a {invented}?",
    "Where is {invented}?",
    "How far is it from {city} to {city}?",
    "How many people live in {city}?",
    "How tall is {name}?",
    "How much does a {invented} cost?",
    "What is the best way to {deed}?",
    "Which is better, {topic} or {topic}?",
    "Give me a recipe for {invented} soup.",
    "List ten facts about {topic}.",
    "Recommend a book about {topic}.",
    "Is {name} married?",
    "What will happen tomorrow in {city}?",
    "What is the square root of {year}?",
    "Solve this equation: {n}x + {n} = {year}",
    "What is the phone number of {name}?",
    "Who wrote {invented}?",
    "Which team does {name} play for?",
    "Can you book a flight to {city}?",
    "Draw a picture of {topic}.",
    "Open the {invented}.",
    "Play some {topic} music.",
    "Fix this sentence: {sentence}",
]


@dataclass(frozen=True)
class Slots:
    """Fresh fillers for a question nobody prepared."""

    rng: Random

    def fill(self, template: str) -> str:
        text = template
        while "{" in text:
            start = text.index("{")
            end = text.index("}", start)
            text = text[:start] + self._draw(text[start + 1 : end]) + text[end + 1 :]
        return text

    def _draw(self, slot: str) -> str:
        rng = self.rng
        match slot:
            case "topic":
                return rng.choice(TOPICS)
            case "deed":
                return rng.choice(DEEDS)
            case "year":
                return str(rng.randint(1000, 2100))
            case "n":
                return str(rng.randint(2, 9))
            case "name":
                return draw_full_name(rng)
            case "city" | "place":
                return draw_city(rng)
            case "invented":
                return draw_invented(rng, rng.choice([2, 3]))
            case "sentence":
                return draw_sentence(rng, Split.TRAIN).text
        raise ValueError(f"no slot {slot!r}")


def draw_talk(rng: Random, split: Split) -> Example:
    """A line of small talk and its reply."""
    while True:
        phrases, reply = rng.choice(TALK)
        options = phrases.split("|")
        index = rng.randrange(len(options))
        phrase = options[index]
        # the first two of each are always taught
        if split.trained if index < 2 else belongs(phrase, split):
            return Example("talk", _typed(phrase, rng), reply, phrase)


def draw_named(rng: Random, split: Split) -> Example:
    """Someone introduces themself and is greeted by name."""
    while True:
        name = draw_full_name(rng)
        if belongs(name, split):
            return Example(
                "talk",
                _typed(rng.choice(NAMED).format(n=name), rng, keep=True),
                f"Nice to meet you, {name}!",
                name,
            )


def draw_unknown(rng: Random, split: Split) -> Example:
    """A question outside the small world."""
    while True:
        question = Slots(rng).fill(rng.choice(ASKED_UNKNOWN))
        if belongs(question, split):
            return Example(
                "unknown", question.lower() if rng.random() < 0.15 else question, UNKNOWN, question
            )


def _typed(phrase: str, rng: Random, keep: bool = False) -> str:
    text = phrase[:1].upper() + phrase[1:] if rng.random() < 0.7 else phrase
    if not keep and rng.random() < 0.03:
        text = text.upper()
    return text + rng.choice(["", "", ".", "!", "?"] if not keep else ["", ".", "!"])
