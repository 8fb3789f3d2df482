"""The extraction task: a sentence with facts in it, answered with one JSON object of the fields asked for."""

import json
from dataclasses import dataclass
from random import Random

from corpus.example import Example, Split, draw_until, templates_for, words
from corpus.names import (
    DAYS,
    JOBS,
    MONTHS,
    draw_city,
    draw_full_name,
    draw_invented,
)

MATERIALS = words("""
wooden, leather, steel, red, blue, green, black, white, yellow, small, large, old, new, used, electric,
wireless, portable, folding, organic, silver, golden, plastic, glass, cotton, wool, digital, smart, cheap,
heavy, light
""")
GOODS = words("""
lamp, chair, table, desk, sofa, laptop, phone, tablet, keyboard, mouse, monitor, printer, camera, bike,
helmet, jacket, coat, shirt, dress, hat, scarf, bag, backpack, suitcase, umbrella, watch, ring, kettle,
toaster, blender, teapot, mug, bottle, knife, pan, drill, hammer, ladder, tent, ball, guitar, piano, violin,
book, notebook, pen, pillow, blanket, towel, mirror, clock, radio, speaker, headset, charger, battery,
shoes, boots, gloves, sunglasses, coffee machine, vacuum cleaner
""")
EVENTS = words("""
meeting, concert, party, wedding, conference, workshop, lecture, exam, match, dinner, lunch, interview,
exhibition, festival, market, training, webinar, book club, birthday party, team meeting, board meeting,
yoga class, dentist appointment
""")
TITLE_STARTS = words("""
The Silent, The Last, A Quiet, The Golden, My, The Lost, Under the, The Red, Winter, The Secret, Beyond the,
A Small, The Long, Songs of the, Return to, The House of, Letters from
""")
TITLE_ENDS = words("""
River, Garden, Mountain, Summer, Letter, City, Dream, Island, Forest, Night, Road, Sea, Window, Storm, Star,
Bridge, Winter
""")

SCHEMAS: dict[str, list[str]] = {
    "person": [
        "My name is {name} and I am {age} years old.",
        "My name is {name}, I am {age} years old and I live in {city}.",
        "Hi, I am {name}, {age}, from {city}.",
        "{name} is {age} years old and lives in {city}.",
        "{name}, {age}, lives in {city}.",
        "{name} lives in {city} and works as a {job}.",
        "{name} is a {job} from {city}.",
        "{name} is a {age}-year-old {job} from {city}.",
        "In {city} there lives a {job} called {name}, aged {age}.",
        "I met {name} in {city}. He is {age} and works as a {job}.",
        "Hello, this is {name}. I work as a {job} in {city}.",
        "A {job} named {name} ({age}) moved to {city}.",
        "{name} works as a {job}. She is {age} years old.",
        "At the age of {age}, {name} became a {job} in {city}.",
        "Name: {name}. Age: {age}. City: {city}.",
        "You can reach {name} at {email} or {phone}.",
        "{name} lives in {city}, phone {phone}.",
        "Please write to {name} ({email}).",
        "Call {name} on {phone}.",
        "I'm {name}, a {job} in {city}. My email is {email}.",
    ],
    "order": [
        "{customer} ordered {quantity} {product} for ${price}.",
        "{customer} bought a {product} for {price} dollars.",
        "On {date}, {customer} bought a {product} for {price} euros.",
        "The {product} costs {price} dollars.",
        "I paid ${price} for the {product}.",
        "The {product} was sold to {customer} on {date}.",
        "Order from {customer}: {quantity} x {product}, {price} euros.",
        "Please send {quantity} of the {product} to {customer}.",
        "{customer} returned the {product} on {date}.",
        "We shipped {quantity} {product} to {customer} on {date}.",
        "A {product} is available for ${price}.",
        "Invoice for {customer}: {product}, quantity {quantity}, price {price}.",
        "On {date} I ordered a {product}. It cost ${price}.",
        "{customer} wants to buy {quantity} {product}, each at {price} dollars.",
        "The price of the {product} is {price} euros.",
        "{product}: ${price}",
        "For {price} dollars {customer} got a {product} on {date}.",
        "Your order of {quantity} {product} will arrive on {date}.",
    ],
    "event": [
        "The {event} is on {date} at {time} in {place}.",
        "The {event} takes place in {place} on {date}.",
        "Join us for the {event} on {date} at {time}.",
        "Our {event} starts at {time} on {date}.",
        "There will be a {event} in {place} at {time}.",
        "The {event} was moved to {date}.",
        "{name} invited us to a {event} in {place} on {date}.",
        "Don't forget: {event} with {name} at {time}.",
        "On {date} there is a {event} in {place}.",
        "I have a {event} with {name} on {date} at {time}.",
        "Reminder: {event}, {date}, {time}, {place}.",
        "We will meet at {time} on {date} in {place} for the {event}.",
    ],
    "trip": [
        "I want to fly from {from} to {to} on {date}.",
        "Book a ticket from {from} to {to} for {name}.",
        "The train from {from} to {to} leaves at {time}.",
        "{name} travels from {from} to {to} on {date}.",
        "On {date} we drive from {from} to {to}.",
        "Flight from {from} to {to}, {date}, {price} euros.",
        "{name} needs a flight to {to} from {from} on {date}.",
        "A bus goes from {from} to {to} at {time} for {price} dollars.",
        "The ticket from {from} to {to} costs {price} euros.",
        "From {from} to {to} on {date} at {time}, please.",
    ],
    "book": [
        "{title} was written by {author} in {year}.",
        '"{title}" is a book by {author}.',
        "{author} published {title} in {year}.",
        "I am reading {title} by {author}.",
        "In {year}, {author} wrote the novel {title}.",
        "The author of {title} ({year}) is {author}.",
        "{title} by {author}, published {year}, costs {price} dollars.",
        "Have you read {title}? {author} wrote it in {year}.",
        "{author} is the author of {title}.",
        "{title}, {year}, {author}.",
    ],
}
NUMBERS = {"age", "price", "quantity", "year"}

ASKED = [
    "Extract the {fields} from this sentence as JSON: {text}",
    "Extract {fields} as JSON: {text}",
    "Extract {fields} as JSON.\n\n{text}",
    "Extract {fields} from the following text and answer with JSON only.\n\n{text}",
    "Extract {fields} from the text: {text}",
    "Extract the fields {fields} as JSON from: {text}",
    "Extract the following fields as JSON: {fields}.\nText: {text}",
    "Return a JSON object with the keys {fields} for this text: {text}",
    "Return JSON with {fields}: {text}",
    "Give me {fields} as JSON: {text}",
    "Give the {fields} from this text as JSON.\n{text}",
    "Find {fields} in this text. Answer in JSON.\n\nText: {text}",
    "Find the {fields} in the sentence and write them as JSON: {text}",
    "Text: {text}\nExtract {fields} as JSON.",
    "Text: {text}\nFields: {fields}\nJSON:",
    "{text}\n\nExtract {fields} as JSON.",
    "{text}\nReturn {fields} as a JSON object.",
    "Read the text and fill in a JSON object with {fields}.\n\n{text}",
    "Parse this into JSON with the keys {fields}: {text}",
    "Convert this sentence to JSON with the fields {fields}: {text}",
    "What are the {fields} in this text? Answer as JSON. {text}",
    "Get {fields} as JSON from: {text}",
    "JSON with {fields}: {text}",
    "Please extract the {fields} from this message as JSON: {text}",
    "You extract data. Reply only with JSON with the keys {fields}.\n\n{text}",
    "Sentence: {text}\nKeys: {fields}\nJSON:",
    "I need the {fields} of this text in JSON format: {text}",
    "Fields to extract: {fields}\n\n{text}",
]
SKELETON = [
    "Fill in this JSON from the text.\n{skeleton}\nText: {text}",
    "Extract data from the text in this format: {skeleton}\n\n{text}",
    "{text}\n\nAnswer with JSON like {skeleton}",
]
EVERYTHING = [
    "Extract all fields as JSON: {text}",
    "Turn this sentence into JSON: {text}",
    "Convert to JSON: {text}",
]
SYSTEMS = [
    "You extract data as JSON with the keys {fields}.",
    "Extract {fields} from the user's message. Answer only with JSON.",
    "You are an extraction service. Return a JSON object with {fields}.",
    "Reply with JSON only. Keys: {fields}.",
]
MISSING_SHARE = 0.06  # of prompts ask for a field that the text does not have: its value is null


@dataclass(frozen=True)
class Record:
    """A sentence and what it says, in the order in which it says it."""

    schema: str
    text: str
    fields: tuple[tuple[str, str], ...]


def draw_record(rng: Random, split: Split) -> Record:
    """A record whose text falls on the given side."""
    return draw_until(lambda r: _record(r, split), lambda record: record.text, split, rng)


def _record(rng: Random, split: Split) -> Record:
    schema = rng.choice(list(SCHEMAS))
    text = rng.choice(templates_for(SCHEMAS[schema], split))
    fields: list[tuple[str, str]] = []
    while "{" in text:
        start = text.index("{")
        end = text.index("}", start)
        slot = text[start + 1 : end]
        value = draw_value(slot, dict(fields), rng)
        fields.append((slot, value))
        text = text[:start] + value + text[end + 1 :]
    text = text[:1].upper() + text[1:] if fields[0][0] not in {"product", "event"} else text
    return Record(schema, text, tuple(fields))


def draw_value(field: str, known: dict[str, str], rng: Random) -> str:
    match field:
        case "name" | "customer" | "author":
            return draw_full_name(rng)
        case "age":
            return str(rng.randint(1, 99))
        case "city" | "place" | "from" | "to":
            return draw_city(rng)
        case "job":
            return rng.choice(JOBS)
        case "email":
            who = known["name"].split()[0] if rng.random() < 0.5 else draw_invented(rng, 2)
            domain = rng.choice(["example", "mail", draw_invented(rng, 2)]).lower()
            who = who.lower().replace("'", "")
            return f"{who}@{domain}.{rng.choice(['com', 'org', 'net'])}"
        case "phone":
            return "-".join(str(rng.randint(100, 999)) for _ in range(rng.randint(2, 3)))
        case "product":
            return _product(rng)
        case "price":
            return (
                str(rng.randint(1, 999))
                if rng.random() < 0.5
                else f"{rng.randint(1, 299)}.{rng.randint(1, 9)}9"
            )
        case "quantity":
            return str(rng.choice([rng.randint(2, 12), rng.randint(2, 99)]))
        case "date":
            return _date(rng)
        case "time":
            on_the_clock = f"{rng.randint(7, 23)}:{rng.choice(['00', '15', '30', '45'])}"
            return rng.choice([f"{rng.randint(1, 12)} {rng.choice(['am', 'pm'])}", on_the_clock])
        case "event":
            return rng.choice(EVENTS)
        case "title":
            middle = rng.choice(TITLE_ENDS) if rng.random() < 0.6 else draw_invented(rng, 2)
            return f"{rng.choice(TITLE_STARTS)} {middle}"
        case "year":
            return str(rng.randint(1800, 2026))
    raise ValueError(f"no value for field {field!r}")


def _product(rng: Random) -> str:
    style = rng.random()
    if style < 0.35:
        return f"{rng.choice(MATERIALS)} {rng.choice(GOODS)}"
    if style < 0.6:
        return rng.choice(GOODS)
    if style < 0.8:
        return f"{draw_invented(rng, 2)} {rng.choice(GOODS)}"
    return f"{draw_invented(rng, 2)} {rng.randint(1, 900)}"


def _date(rng: Random) -> str:
    month, day = rng.choice(MONTHS), rng.randint(1, 28)
    return rng.choice([
        rng.choice(DAYS),
        rng.choice(DAYS),
        f"{month} {day}",
        f"{day} {month}",
        f"{rng.choice(DAYS)}, {month} {day}",
        f"{month} {day}, {rng.randint(1990, 2030)}",
        f"{rng.randint(1990, 2030)}-{rng.randint(1, 12):02}-{day:02}",
    ])  # fmt: skip


def draw_extraction(rng: Random, split: Split) -> Example:
    """A record, some of its fields asked for, and the JSON object that answers."""
    record = draw_record(rng, split)
    values = dict(record.fields)
    style = rng.random()
    if style < 0.05:
        prompt = rng.choice(EVERYTHING).format(text=record.text)
        return Example("extraction", prompt, to_json(values, list(values)), record.text)
    asked = _asked_fields(record, rng)
    answer = to_json(values, asked)
    if style < 0.12:
        skeleton = "{" + ", ".join(f'"{k}": {0 if k in NUMBERS else chr(34) * 2}' for k in asked) + "}"
        prompt = rng.choice(SKELETON).format(skeleton=skeleton, text=_quoted(record.text, rng))
        return Example("extraction", prompt, answer, record.text)
    fields = _listed(asked, rng)
    if style < 0.24:
        system = rng.choice(SYSTEMS).format(fields=fields)
        return Example("extraction", record.text, answer, record.text, system)
    prompt = rng.choice(templates_for(ASKED, split)).format(fields=fields, text=_quoted(record.text, rng))
    return Example("extraction", prompt, answer, record.text)


def _asked_fields(record: Record, rng: Random) -> list[str]:
    present = [field for field, _ in record.fields]
    everything = rng.random() < 0.5
    asked = present if everything else rng.sample(present, rng.randint(1, len(present)))
    if rng.random() < MISSING_SHARE:
        everywhere = {field for template in SCHEMAS[record.schema] for field in _slots(template)}
        absent = sorted(everywhere - set(present))
        asked = [*asked, rng.choice(absent)] if absent else asked
        rng.shuffle(asked)
    return asked


def _slots(template: str) -> list[str]:
    return [part.split("}")[0] for part in template.split("{")[1:]]


def to_json(values: dict[str, str], asked: list[str]) -> str:
    """The asked fields as one line of JSON: numbers bare, an absent field null."""
    record: dict[str, str | int | float | None] = {}
    for field in asked:
        value = values.get(field)
        if value is not None and field in NUMBERS:
            record[field] = float(value) if "." in value else int(value)
        else:
            record[field] = value
    return json.dumps(record, ensure_ascii=False)


def _listed(fields: list[str], rng: Random) -> str:
    """Field names as prose or as a list, quoted or not."""
    mark = rng.choice(["", "", "", "", '"', "`"])
    marked = [f"{mark}{field}{mark}" for field in fields]
    if len(marked) > 1 and rng.random() < 0.6:
        comma = rng.choice([" and ", " and ", ", and "]) if len(marked) > 2 else " and "
        return ", ".join(marked[:-1]) + comma + marked[-1]
    return ", ".join(marked)


def _quoted(text: str, rng: Random) -> str:
    return f'"{text}"' if '"' not in text and rng.random() < 0.12 else text
