"""Words and phrases that carry a feeling, or none: the vocabulary of the sentiment task."""

from corpus.example import lines, words

GOOD_ADJECTIVES = words("""
good, great, excellent, amazing, awesome, wonderful, fantastic, superb, brilliant, outstanding, perfect,
lovely, beautiful, delightful, pleasant, terrific, marvelous, fabulous, incredible, stunning, gorgeous,
magnificent, spectacular, splendid, exceptional, remarkable, impressive, phenomenal, extraordinary, fine,
nice, cool, sweet, charming, enjoyable, fun, exciting, thrilling, fascinating, interesting, captivating,
engaging, inspiring, uplifting, heartwarming, touching, moving, hilarious, funny, witty, clever, smart,
creative, original, elegant, stylish, sleek, comfortable, cozy, clean, spotless, fresh, delicious, tasty,
yummy, flavorful, juicy, crispy, mouthwatering, divine, friendly, helpful, kind, polite, caring, thoughtful,
generous, welcoming, attentive, professional, courteous, supportive, patient, efficient, fast, quick,
reliable, sturdy, solid, durable, smooth, easy to use, intuitive, user-friendly, convenient, useful, handy,
practical, powerful, affordable, cheap and good, well made, well designed, well written, worth it, flawless,
top-notch, first-class, world-class, breathtaking, unforgettable, memorable, refreshing, relaxing, peaceful,
calm, sunny, warm and bright, magical, dreamy, adorable, cute, joyful, cheerful, satisfying, rewarding,
promising, superior, ideal, admirable, stellar, epic, legendary, dazzling, glorious, heavenly, masterful,
sublime, irresistible, addictive in a good way, exquisite, neat, super, fantastic value, a delight, a
pleasure, a joy, a masterpiece, a gem, a treat, a triumph, a bargain, a great success, a lifesaver, a dream,
a dream come true, a work of art, the best, the best ever, out of this world, second to none, better than
expected, better than ever, better than I expected, a huge improvement, worth every penny, worth the money,
worth the wait, very good value, great value, great fun, so much fun, beyond my expectations, simply the
best, spot on, on point, just what I needed, exactly what I wanted, as good as it gets, hard to beat, hard
to put down, a breath of fresh air, full of surprises, well worth a visit, loved by everyone, fit for a
king, pure magic, pure joy, honest, brave, gifted, talented, skilled, wise, loyal, lively, radiant, vibrant,
positive, encouraging, valuable, safe, secure, quiet, healthy, gripping, entertaining, informative,
insightful, responsive, accurate, precise, seamless, robust, lucky, proud of itself
""")

BAD_ADJECTIVES = words("""
bad, terrible, awful, horrible, dreadful, poor, disappointing, disgusting, horrendous, atrocious, abysmal,
appalling, lousy, pathetic, miserable, lame, boring, dull, tedious, bland, tasteless, stale, cold and
greasy, greasy, soggy, burnt, undercooked, overcooked, raw in the middle, rotten, nasty, gross, revolting,
vile, foul, smelly, stinky, filthy, dirty, messy, ugly, hideous, cheap and flimsy, flimsy, fragile, broken,
defective, faulty, damaged, useless, worthless, pointless, meaningless, unusable, unreliable, buggy,
glitchy, slow, sluggish, laggy, painfully slow, confusing, complicated, frustrating, annoying, irritating,
infuriating, maddening, exhausting, tiring, stressful, rude, impolite, unfriendly, unhelpful, arrogant,
careless, incompetent, unprofessional, disrespectful, dishonest, lazy, mean, cruel, selfish, hostile,
aggressive, noisy, too loud, loud, crowded, cramped, uncomfortable, overpriced, too expensive, outrageously
expensive, mediocre at best, inferior, inadequate, unacceptable, unbearable, intolerable, ridiculous,
stupid, dumb, silly and boring, predictable, forgettable, unfunny, cringe, cringeworthy, shallow, weak, a
mess, a disaster, a joke, a failure, a scam, a rip-off, a nightmare, a disgrace, a flop, a letdown, a bore,
a pain, a waste of time, a waste of money, a complete waste of time, a total disappointment, a big mistake,
trash, garbage, rubbish, junk, crap, the worst, the worst ever, worse than expected, worse than before,
worse than I feared, beyond terrible, not worth it, not worth the money, not worth a cent, bad value, poor
value, badly made, poorly made, poorly designed, badly written, poorly written, badly acted, a slap in the
face, an insult, an embarrassment, hopeless, depressing, sad, tragic, heartbreaking, gloomy, grim, bleak,
dreary, scary, frightening, terrifying, creepy, disturbing, dangerous, unsafe, harmful, toxic, poisonous,
painful, unpleasant, unhealthy, unfair, unjust, shameful, embarrassing, shocking, outrageous, offensive,
insulting, inexcusable, laughable, clumsy, awkward, sloppy, shoddy, tacky, outdated, rusty, torn, cracked,
leaky, itchy, bitter, sour, inedible, watery, dry and tough, tough as leather, rubbery, chewy, moldy, slimy,
sticky and dirty, freezing, miserably cold, unbearably hot, chaotic, clueless, rushed, overrated,
underwhelming, lifeless, soulless, hard to use, hard to watch, impossible to use, full of bugs, full of
holes, full of errors, a total mess, an absolute disaster, way too long, too long and boring, far too salty,
too salty, too small and dirty, too difficult, negative, troubling, worrying, ruined, wrecked, spoiled,
misleading, inaccurate, late and rude, late again, delayed again, out of order, dead on arrival, beneath
contempt, hateful, horrid, ghastly
""")

PLAIN_ADJECTIVES = words("""
red, blue, green, yellow, black, white, grey, brown, purple, orange, wooden, metal, round, square, long,
short, tall, large, small, medium-sized, heavy, light, new, old, young, open, closed, empty, full, electric,
digital, public, private, local, foreign, weekly, daily, monthly, annual, wet, dry, flat, thin, thick,
narrow, wide, available, on the table, in the drawer, next to the door, upstairs, downstairs, in the
kitchen, on the second floor, in the garage, made of steel, made of glass, made in Germany, made in Italy,
from last year, ten years old, two meters long, average, okay, ok, ordinary, normal, standard, typical,
regular, usual, as described, as expected, neither good nor bad, so-so, all right, acceptable, moderate,
middle of the road, nothing out of the ordinary, about the same as before, unchanged
""")

GOOD_THINGS_DONE = lines("""
made my day
made me smile
made me laugh
made me very happy
made us feel at home
brightened my day
exceeded my expectations
exceeded all expectations
works perfectly
works like a charm
works great
works very well
runs smoothly
fits perfectly
looks great
looks beautiful
looks amazing
tastes great
tastes amazing
tastes delicious
smells wonderful
sounds fantastic
feels great
feels amazing
arrived early and in perfect condition
blew me away
blew my mind
saved my day
saved me so much time
saved my life
deserves five stars
deserves an award
deserves all the praise
gets better every time
is getting better every day
never lets me down
never disappoints
did a great job
did an amazing job
was worth every penny
was better than I expected
was a pleasant surprise
won my heart
touched my heart
went above and beyond
helped me a lot
solved all my problems
was the highlight of our trip
rocks
rules
shines
impressed everyone
impressed me
delighted us all
charmed everyone
kept me entertained
kept me on the edge of my seat
cheered me up
put a smile on my face
is my favorite
is my new favorite
lifted my spirits
improved my life
is a great help
was a huge success
passed every test
won first prize
""")

BAD_THINGS_DONE = lines("""
ruined my day
ruined everything
ruined our evening
made me cry
made me angry
made me sick
made me feel ill
made me so mad
broke after one day
broke after a week
broke the first time I used it
broke down again
fell apart
fell apart in my hands
stopped working
stopped working after two days
does not work
doesn't work
doesn't work at all
did not work
didn't work for me
never works
crashes all the time
keeps crashing
keeps freezing
froze again
failed completely
failed me again
let me down
let us all down
disappointed me
disappointed us all
disappointed everyone
bored me to death
bored me to tears
put me to sleep
gave me a headache
gave me food poisoning
gets on my nerves
drives me crazy
drives me mad
annoys me
annoys everyone
bothers me a lot
hurts
stinks
sucks
smells awful
smells terrible
tastes awful
tastes terrible
tastes like cardboard
looks cheap
looks terrible
looks awful
sounds terrible
feels cheap
arrived broken
arrived damaged
arrived two weeks late
never arrived
was worse than I expected
was a waste of money
was a complete waste of time
cost me a fortune and broke
is getting worse every day
gets worse every time
lied to me
cheated me
ignored me
ignored us for an hour
yelled at us
shouted at me
was rude to us
treated us badly
overcharged us
lost my luggage
lost my order
refused to help
made a terrible mistake
wasted my time
wasted two hours of my life
is my least favorite
deserves zero stars
was a huge letdown
crushed my hopes
broke my heart
scared me
frightened the children
hurt my feelings
hurt my eyes
leaks
leaks everywhere
caught fire
""")

PLAIN_THINGS_DONE = lines("""
arrived on Tuesday
arrived yesterday
arrives tomorrow
starts at nine
starts at 3 pm
ends at noon
opens at eight
closes at six
is on the table
is in the box
is in the other room
was built in 1990
was made in 2015
was delivered on Monday
was moved to Friday
will be delivered next week
comes in three colors
comes with a manual
has two buttons
has four wheels
has a blue cover
has three parts
weighs two kilograms
costs ten dollars
costs 25 euros
costs 40 dollars
contains sugar and salt
is made of plastic
is made of cotton
lasts two hours
takes about an hour
takes place in March
was published in 2003
is sold in many stores
runs on batteries
uses electricity
is next to the station
belongs to my brother
belongs to the school
is two blocks away
has ten pages
measures 30 centimeters
was updated this morning
was opened in May
was painted white
is the same as last year
is available in two sizes
needs two batteries
is currently in stock
will be on Monday
changed its name
moved to a new address
""")

GOOD_FEELINGS = words("""
happy, glad, delighted, thrilled, excited, pleased, grateful, thankful, proud, joyful, cheerful, overjoyed,
ecstatic, content, satisfied, relieved, hopeful, optimistic, amazed, impressed, lucky, blessed, over the
moon, on cloud nine, in a great mood, in love, in heaven, full of joy, full of hope, so lucky, feeling
great, feeling good, having a great time, having so much fun, having a wonderful day, confident, relaxed, at
peace, inspired, refreshed, touched, charmed, fascinated, happy with it, happy with my purchase, very
pleased with the result, looking forward to it, a big fan, better now
""")

BAD_FEELINGS = words("""
sad, unhappy, angry, mad, furious, upset, disappointed, frustrated, annoyed, irritated, depressed,
miserable, lonely, worried, anxious, nervous, scared, afraid, terrified, heartbroken, devastated, ashamed,
embarrassed, jealous, tired of this, sick of this, sick of waiting, fed up, exhausted, stressed, stressed
out, bored, hurt, disgusted, shocked, hopeless, desperate, lost and alone, in pain, in a bad mood, in tears,
feeling down, feeling bad, feeling terrible, feeling sick, having a bad day, having a terrible time, not
happy, not amused, not impressed, not satisfied, not feeling well, crying, bitter, gutted, crushed,
offended, outraged, horrified, appalled, dissatisfied, unsatisfied, tired and hungry, worn out, overwhelmed,
regretful, sorry I bought it, sorry I came, let down, discouraged, homesick, sick, ill, worse now
""")

LIKES = words("""
love, really love, absolutely love, adore, like, really like, enjoy, really enjoy, truly enjoy, cherish,
treasure, admire, appreciate, highly recommend, recommend, can't get enough of, am crazy about, am in love
with, am happy with, am very happy with, am so pleased with, am delighted with, am impressed by, am proud
of, am thankful for, am a fan of, am a huge fan of, look forward to, cannot live without, would buy again,
will always love, can't stop smiling about, just love, simply love, loved, enjoyed, really enjoyed, really
loved, liked, thoroughly enjoyed, appreciated, recommended
""")

DISLIKES = words("""
hate, really hate, absolutely hate, dislike, really dislike, despise, detest, loathe, can't stand, cannot
stand, can't bear, regret, regret buying, am sick of, am tired of, am fed up with, am unhappy with, am very
unhappy with, am disappointed with, am so disappointed in, am annoyed by, am angry about, am furious about,
am ashamed of, am disgusted by, don't like, do not like, don't enjoy, did not enjoy, didn't enjoy, didn't
like, did not like, don't recommend, do not recommend, would not recommend, wouldn't recommend, would never
buy, will never buy, will never use, don't trust, hated, really hated, disliked, absolutely hated, have had
enough of, am afraid of, am worried about, was let down by, am bored with, was bored by, complained about,
am returning, want a refund for
""")

PLAIN_ACTS = words("""
bought, ordered, received, opened, have, own, use, need, saw, watched, read about, looked at, heard about,
asked about, wrote about, moved, painted, measured, sold, borrowed, returned from, talked about, walked to,
waited for, live near, work near, visited, tried, signed up for, am looking for, am reading about, am
thinking about, will call about
""")
