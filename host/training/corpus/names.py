"""Names of people and places, half of them made of random syllables, so that a model must copy them."""

from random import Random

from corpus.example import words

FIRST_NAMES = words("""
Bob, Alice, Anna, Ben, Carla, David, Emma, Felix, Grace, Hannah, Ivan, Julia, Kevin, Laura, Marco, Nina,
Oscar, Paula, Quentin, Rosa, Simon, Tina, Ursula, Victor, Wendy, Xavier, Yara, Zoe, Adam, Bella, Chris,
Diana, Eric, Fiona, George, Helen, Isaac, Jane, John, Karl, Lena, Maria, Mark, Mary, Michael, Nora, Olivia,
Peter, Rachel, Robert, Sam, Sara, Sophie, Thomas, Tom, Vera, Walter, Amir, Aisha, Chen, Fatima, Hiro,
Ingrid, Jamal, Kofi, Leila, Mei, Noah, Omar, Priya, Raj, Sofia, Tariq, Uma, Wei, Yuki, Lucas, Lisa, Linda,
James, Jack, Jim, Joe, Kate, Liam, Lucy, Max, Mia, Mike, Nick, Paul, Steve, Susan
""")
LAST_NAMES = words("""
Smith, Jones, Brown, Miller, Davis, Wilson, Moore, Taylor, Clark, Lewis, Walker, Hall, Young, King, Wright,
Hill, Green, Baker, Carter, Evans, Turner, Parker, Cook, Reed, Bell, Cooper, Ward, Gray, Price, Long,
Garcia, Lopez, Silva, Santos, Rossi, Bianchi, Weber, Wagner, Becker, Schulz, Dubois, Laurent, Petit, Jansen,
Novak, Kowalski, Horvat, Ivanov, Petrov, Yilmaz, Haddad, Khan, Patel, Singh, Sharma, Chen, Wang, Li, Kim,
Park, Tanaka, Sato, Suzuki, Nguyen, Tran, Okafor, Mensah, Hansen, Larsen, Berg, Lind, Virtanen, Nielsen,
O'Brien, Murphy, Kelly, Doe, Ericson, Fischer, Meyer, Martin, Johnson
""")
CITIES = words("""
Paris, London, Berlin, Madrid, Rome, Vienna, Lisbon, Dublin, Oslo, Helsinki, Stockholm, Copenhagen, Warsaw,
Prague, Budapest, Athens, Brussels, Amsterdam, Zurich, Geneva, Milan, Naples, Turin, Hamburg, Munich,
Cologne, Lyon, Nice, Porto, Seville, Valencia, Barcelona, Boston, Chicago, Denver, Seattle, Austin, Dallas,
Houston, Miami, New York, San Francisco, Los Angeles, Toronto, Montreal, Vancouver, Mexico City, Lima,
Bogota, Santiago, Buenos Aires, Sao Paulo, Cairo, Nairobi, Lagos, Accra, Cape Town, Tunis, Istanbul, Ankara,
Dubai, Delhi, Mumbai, Bangkok, Hanoi, Jakarta, Manila, Seoul, Tokyo, Osaka, Kyoto, Beijing, Shanghai, Hong
Kong, Singapore, Sydney, Melbourne, Auckland, Moscow, Kiev, Riga, Vilnius, Tallinn, Springfield
""")
JOBS = words("""
teacher, nurse, doctor, baker, engineer, plumber, painter, writer, lawyer, pilot, driver, farmer, chef,
waiter, actor, singer, dentist, carpenter, electrician, programmer, designer, librarian, gardener,
photographer, journalist, scientist, mechanic, musician, translator, accountant, architect, cashier,
cleaner, clerk, coach, firefighter, hairdresser, judge, manager, police officer, postman, researcher,
sailor, secretary, soldier, student, tailor, vet, software engineer
""")
DAYS = words("Monday, Tuesday, Wednesday, Thursday, Friday, Saturday, Sunday")
MONTHS = words("""
January, February, March, April, May, June, July, August, September, October, November, December
""")

ONSETS = words(
    "b, br, ch, d, dr, f, fl, g, gr, h, j, k, kl, l, m, n, p, pl, qu, r, s, sh, st, t, th, tr, v, w, y, z, zw"
)
VOWELS = words("a, e, i, o, u, a, e, i, o, u, ai, ee, ou, ia, oa, y")


def draw_invented(rng: Random, syllables: int) -> str:
    """A pronounceable word that nobody has seen, capitalised."""
    parts = [rng.choice(ONSETS) + rng.choice(VOWELS) for _ in range(syllables)]
    coda = rng.choice(["", "l", "m", "n", "r", "s", "t", "x", "nd", "rk", "ck"])
    return ("".join(parts) + coda).capitalize()


def draw_first_name(rng: Random) -> str:
    return rng.choice(FIRST_NAMES) if rng.random() < 0.6 else draw_invented(rng, rng.choice([1, 2, 2, 3]))


def draw_last_name(rng: Random) -> str:
    return rng.choice(LAST_NAMES) if rng.random() < 0.5 else draw_invented(rng, rng.choice([2, 2, 3]))


def draw_full_name(rng: Random) -> str:
    """A first name, most often with a last name."""
    first = draw_first_name(rng)
    return first if rng.random() < 0.3 else f"{first} {draw_last_name(rng)}"


def draw_city(rng: Random) -> str:
    if rng.random() < 0.55:
        return rng.choice(CITIES)
    prefix = rng.choice(["", "", "", "", "", "Port ", "New ", "San ", "North "])
    return prefix + draw_invented(rng, rng.choice([2, 2, 3]))
