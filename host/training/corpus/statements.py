"""Plain statements and questions, which carry no feeling, whole and in parts."""

from corpus.example import lines, words

PLAIN_SENTENCES = lines("""
Hi, my name is {name}
Hello, my name is {name}
My name is {name}
I am {name}
I am {number} years old
I live in {city}
I am from {city}
My brother lives in {city}
My sister works in {city}
{name} lives in {city}
{name} is from {city}
{name} is {number} years old
{name} works as a {job}
{name} is a {job}
I work as a {job}
She is a {job}
He called me on {day}
{name} called at {number} o'clock
The meeting is on {day}
The meeting starts at {number} o'clock
The meeting was moved to {day}
The store opens at {number}
The shop closes at {number}
The train leaves at {number}
The bus stops here every {number} minutes
The flight to {city} leaves on {day}
We are going to {city} on {day}
I will be in {city} on {day}
We arrived in {city} on {day}
The package arrived on {day}
My order was shipped on {day}
The report is due on {day}
There are {number} people in the room
There are {number} apples on the table
I have {number} cousins
I bought {number} apples
I ate a sandwich for lunch
I had soup for dinner
I drink coffee in the morning
I went to the store
I went to the store to buy milk
I am going to work
I am at home
I am reading a book
I am writing a letter
I am on the bus
I take the bus to work
I walked to school
I have a meeting at {number}
I have a dog and a cat
I have two brothers
The book is on the table
The keys are in the drawer
The cat is on the roof
The dog is in the garden
The car is in the garage
The door is open
The window is closed
The light is on
The sky is blue
The grass is green
The wall is white
The house has {number} rooms
The building has {number} floors
The box contains {number} pens
The box weighs {number} kilograms
The price is {number} dollars
It costs {number} dollars
It is {number} degrees outside
It is {day}
Today is {day}
Tomorrow is {day}
It is raining outside
It is cloudy today
It may rain tomorrow
The sun rises in the east
Water boils at 100 degrees
The earth goes around the sun
A week has seven days
{city} is a city
{city} is the capital of the country
The river flows through {city}
The museum is in {city}
The office is in {city}
The conference takes place in {city}
The company was founded in {year}
The house was built in {year}
The book was published in {year}
She was born in {year}
What time is it
What day is it today
Where is the station
Where do you live
Where is the nearest bank
How do I get to {city}
How much does it cost
How old are you
When does the store open
When does the train leave
Who is the president
Who wrote this book
Which way is north
Can you tell me the time
Can I pay by card
Do you have this in blue
Is the museum open on {day}
Are you coming on {day}
Please send me the report
Please call me back on {day}
Please close the door
Turn left at the corner
Add two cups of flour
Mix the eggs with the sugar
Press the button to start
Read the instructions first
See you on {day}
See you tomorrow
I will call you later
I will think about it
I don't know
I don't know yet
I have no opinion
I have no opinion on this
Maybe
Perhaps
It depends
It is what it is
It was okay
It was ok
It's okay
It is fine either way
It is neither good nor bad
It was average
It was nothing special
I don't mind either way
I don't care either way
No comment
Hello
Hi
Hi there
Good morning
Good evening
Yes
No
Ok
The movie is two hours long
The movie starts at {number}
The film was released in {year}
The phone has a 6 inch screen
The laptop has 16 gigabytes of memory
The restaurant is on Main Street
The restaurant serves Italian food
The hotel has {number} rooms
The shirt is made of cotton
The table is made of wood
The team plays on {day}
He plays football on {day}
She reads the newspaper every morning
They moved to {city} in {year}
They speak French and German
My phone number is {number}{number}{number}
My favorite number is {number}
The password has eight characters
The file is in the folder
The function returns a number
The server runs on port 8080
This sentence has five words
Bread is made from flour
Milk is white
Dogs have four legs
Cows eat grass
Chairs have legs
The class has {number} students
The teacher wrote on the board
The mail comes at noon
I need a pen
I need to buy milk
I want to know the price
I am looking for the exit
I am waiting for the bus
""")
PEOPLE = words("""
I, I, we, he, she, they, my mother, my father, my sister, my brother, my son, my daughter, my wife, my
husband, my friend, the man, the woman, the teacher, the student, the driver, the neighbor, the boss, the
manager, the team, the company, the doctor, somebody, everyone, the children, the visitors, our guests, a
colleague, the secretary, the police, the mayor
""")
PLAIN_ACTIONS = words("""
went to the {thing}, go to the {thing}, walked past the {thing}, drove to {city}, flew to {city}, moved to
{city}, came from {city}, stayed in {city}, live in {city}, worked in {city}, arrived in {city}, left
{city}, visited {city}, called {name}, met {name}, saw {name}, talked to {name}, wrote to {name}, asked
{name} about the {thing}, told {name} about the {thing}, gave the {thing} to {name}, showed the {thing} to
{name}, sent the {thing} to {name}, put the {thing} in the box, put the {thing} on the table, took the
{thing} out of the bag, opened the {thing}, closed the {thing}, bought a {thing}, sold the {thing}, rented a
{thing}, ordered a {thing}, looked at the {thing}, asked for the {thing}, need a {thing}, need {number}
eggs, bought {number} bottles of water, have {number} books, counted {number} birds, read {number} pages,
paid {number} dollars for the {thing}, wait for the {thing}, waited for the bus, took the train to {city},
took the bus, ate an apple, ate rice and fish, cooked pasta, drank tea, drank a glass of water, made a
sandwich, had breakfast, slept eight hours, got up at {number}, went to bed at {number}, started at
{number}, worked until {number}, usually get up early, sometimes go by bike, often take the bus, usually
have lunch at noon, normally work from home, will be there at {number}, will call back later, wore a black
hat, painted the door green, parked the car, washed the car, locked the door, turned on the lamp, switched
off the radio, read the newspaper, read a report, wrote an email, signed the contract, printed the document,
saved the file, sent an invoice, learned about rivers, study history, speak two languages, play the piano,
play chess, watched the news, listened to the radio, sat on the bench, stood at the window, walked along the
river, crossed the street, turned left, planted a tree, fed the cat
""")
PLAIN_STATES = words("""
is in {city}, is near the {thing}, is behind the house, is in front of the {thing}, is under the bed, is on
the shelf, is in the garage, stands next to the {thing}, lies on the desk, hangs on the wall, is parked
outside, is made of wood, is made of paper, is made of stone, has {number} pages, has {number} rooms, has
{number} seats, has {number} keys, has a red cover, has a wooden door, has an engine, costs {number} euros,
costs {number} dollars, weighs {number} kilos, is {number} years old, is {number} meters long, takes
{number} minutes, lasts {number} hours, starts on {day}, starts at {number} in the morning, ends on {day},
opens on {day}, leaves at {number} from {city}, goes from {city} to {city}, goes to {city}, comes from
{city}, was built in {year}, was founded in {year}, was published in {year}, was sold in {year}, was born in
{year}, is about a trip to {city}, is about a man and a dog, is about history, tells the story of a family,
is written in English, is available in {number} colors, is open from {day} to {day}, is closed on {day}, is
open until {number}, belongs to {name}, was written by {name}, was painted by {name}, is called {name}, is
used for cooking, is used every day, contains {number} parts, includes a cable, comes in a box, comes with a
cable, has a button on the side, has a number on it, has a door and a window, shows the time
""")
WHEN = words("""
today, yesterday, last night, this morning, last week, this week, last year, on Monday, on Friday, on
Saturday, at the weekend, in the morning, in the evening, at noon, at night, every day, every week, in
summer, in winter, last summer, again, this time, now, at home, at work, at school, in town, in the city, in
the garden, in the kitchen, here, there, with my family, with my friends
""")
