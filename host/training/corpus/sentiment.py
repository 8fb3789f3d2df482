# ruff: noqa: E501  (prompts read best on a line)
"""The sentiment task: a sentence in one of many instructions, answered with one of three words."""

from random import Random

from corpus.example import Example, Split, templates_for
from corpus.sentences import Sentence, draw_sentence

ASKED = [
    "What is the sentiment of: {s}",
    "What is the sentiment of this sentence: {s}",
    "What is the sentiment of this text? {s}",
    "What is the sentiment of the following sentence?\n\n{s}",
    'What is the sentiment of "{s}"?',
    "Classify the sentiment of this text as positive, negative or neutral: {s}",
    "Classify the sentiment of this text as positive, negative, or neutral: {s}",
    "Classify the sentiment of the following text as positive, negative or neutral.\n\n{s}",
    "Classify the sentiment as positive, negative or neutral.\nText: {s}\nSentiment:",
    'Classify the sentiment: "{s}"',
    "Classify this sentence: {s}",
    "Classify: {s}",
    "Sentiment: {s}",
    "sentiment of {s}",
    "Sentiment of this review: {s}",
    "Text: {s}\nSentiment:",
    "Review: {s}\nSentiment:",
    "Sentence: {s}\nLabel:",
    "Input: {s}\nOutput:",
    "Is this positive, negative or neutral? {s}",
    "Is this sentence positive, negative, or neutral?\n{s}",
    "Is the following text positive, negative or neutral: {s}",
    'Is "{s}" positive, negative or neutral?',
    "Positive, negative or neutral? {s}",
    "positive, negative, or neutral: {s}",
    "Tell me the sentiment of this sentence: {s}",
    "Tell me whether this is positive, negative or neutral: {s}",
    "Analyze the sentiment of this text: {s}",
    "Analyze the sentiment: {s}",
    "Analyse the sentiment of the sentence below and answer with one word.\n{s}",
    "Perform sentiment analysis on: {s}",
    "Sentiment analysis: {s}",
    "Do a sentiment analysis of this sentence: {s}",
    "How does this sentence feel: positive, negative or neutral? {s}",
    "Rate the sentiment of this comment: {s}",
    "Label the sentiment of the customer review below.\n\nReview: {s}",
    "Determine the sentiment of the sentence. Respond with only one word: positive, negative or neutral.\n\n{s}",
    "Respond with a single word, positive, negative or neutral, for this text: {s}",
    "Answer with one word (positive, negative, neutral). {s}",
    "Decide if the tweet is positive, negative or neutral.\nTweet: {s}\nAnswer:",
    "Given the sentence: {s}\nWhat is its sentiment?",
    "{s}\nWhat is the sentiment of this text?",
    "{s}\n\nSentiment:",
    "{s}\n\nIs this positive, negative or neutral?",
    "{s} => sentiment?",
    "Message: {s}\nIs the message positive, negative or neutral?",
    "Please classify the mood of this text as positive, negative or neutral: {s}",
    "Please tell me the sentiment of '{s}'",
    "Find the sentiment. {s}",
    "I want to know the sentiment of this sentence: {s}",
    "You are a sentiment classifier. Answer positive, negative or neutral.\n\n{s}",
    "You classify text. Reply with positive, negative or neutral.\nText: {s}\nReply:",
    "What is the mood of this message? {s}",
    "Is this review good or bad? Answer positive, negative or neutral. {s}",
]
SYSTEMS = [
    "You are a sentiment classifier. Answer with one word: positive, negative or neutral.",
    "You are a bot that classifies the sentiment of what the user says. Respond with positive, negative or neutral.",
    "Classify the sentiment of the user's message as positive, negative, or neutral.",
    "You analyze sentiment. Reply with a single word.",
    "Respond with the sentiment of the text: positive, negative or neutral.",
    "Sentiment analysis. Answer with one word.",
    "You are a sentiment analysis assistant. For each message say positive, negative, or neutral.",
    "Decide if the message is positive, negative or neutral.",
    "Your task is sentiment analysis.",
    "You label reviews as positive, negative or neutral.",
]
SHOT_SYSTEMS = [
    "You are a bot that generates sentiment analysis responses. Respond with a single positive, negative, or neutral.",
    "You are a sentiment analysis bot. Answer with one word: positive, negative or neutral.",
    "You do sentiment analysis. Your reply is a single word: positive, negative, or neutral.",
    "Classify what the user says as positive, negative, or neutral.",
    "You are a bot that tells the sentiment of a sentence.",
]
SHOT_OPENERS = [
    "Follow the pattern of the following examples:",
    "Follow the pattern of these examples:",
    "Here are some examples:",
    "Use the following examples:",
    "Examples:",
    "Answer like in these examples:",
]
SPEAKERS = [("User", "Bot"), ("User", "Bot"), ("User", "Bot"), ("Text", "Sentiment"), ("Input", "Output"),
            ("Sentence", "Label"), ("Q", "A"), ("User", "Assistant"), ("Review", "Sentiment")]  # fmt: skip
FAMILIAR_SHOTS = [
    Sentence("Hi, my name is Bob", "neutral"),
    Sentence("I am so happy today", "positive"),
    Sentence("I am so sad today", "negative"),
]
MAX_SHOTS = 6


def draw_sentiment(rng: Random, split: Split) -> Example:
    """One sentence, asked about in one of the three manners."""
    sentence = draw_sentence(rng, split)
    key = sentence.text.strip(" .!?:()").casefold()
    style = rng.random()
    if style < 0.62:
        prompt = rng.choice(templates_for(ASKED, split)).format(s=_quoted(sentence.text, rng))
        return Example("sentiment", _loose(prompt, rng), sentence.label, key)
    if style < 0.76:
        system = rng.choice(templates_for(SYSTEMS, split))
        return Example("sentiment", _quoted(sentence.text, rng), sentence.label, key, system)
    return Example("few-shot", _few_shot(sentence, split, rng), sentence.label, key)


def _quoted(text: str, rng: Random) -> str:
    return rng.choice(['"{}"', "'{}'", "“{}”"]).format(text) if rng.random() < 0.15 else text


def _loose(prompt: str, rng: Random) -> str:
    """The small disorder of prompts in the wild: case, spaces and newlines at the edges."""
    if rng.random() < 0.08:
        prompt = prompt[:1].lower() + prompt[1:]
    if rng.random() < 0.08:
        prompt = prompt + rng.choice([" ", "\n", "\n\n"])
    return prompt if rng.random() > 0.04 else rng.choice(["\n", " "]) + prompt


def _few_shot(sentence: Sentence, split: Split, rng: Random) -> str:
    """A system block, a few solved examples, then the sentence to solve."""
    user, bot = rng.choice(SPEAKERS)
    if rng.random() < 0.25:
        shots = [*FAMILIAR_SHOTS]
    else:
        shots = [draw_sentence(rng, Split.TRAIN) for _ in range(rng.randint(2, MAX_SHOTS))]
    gap = rng.choice(["\n\n", "\n\n", "\n"])
    solved = gap.join(f"{user}: {shot.text}\n{bot}: {shot.label}" for shot in shots)
    system = rng.choice(SHOT_SYSTEMS)
    opener = rng.choice(templates_for(SHOT_OPENERS, split))
    left, right = rng.choice([("[INST]", "[/INST]"), ("[INST]", "[/INST]"), ("<INST>", "</INST>"), ("", "")])
    head = rng.choice(
        ["<<SYS>>\n{}\n<</SYS>>\n", "<<SYS>>\n{}\n<</SYS>>\n", "<<SYS>>{}<</SYS>>\n\n", "{}\n\n", ""]
    )
    middle = f"{left}\n{opener}\n\n{solved}\n{right}\n\n" if left else f"{opener}\n\n{solved}\n\n"
    ending = rng.choice([f"\n{bot}:", f"\n{bot}:", f"\n{bot}:", f"\n{bot}: ", f"\n{bot}:\n", "", "\n"])
    return head.format(system) + middle + f"{user}: {sentence.text}" + ending
