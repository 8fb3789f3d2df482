# ruff: noqa: E501  (a table reads best with a row on a line)
"""Groups of sentences that mean the same, for the embedding model: each line is one meaning, `|` between phrasings.

Slots in braces are filled alike in all phrasings of a line.
"""

from corpus.example import lines

INTENTS = [[phrase.strip() for phrase in line.split("|")] for line in lines("""
how do I reset my password|I forgot my password|my password does not work any more|change my password please|I need a new password
how do I create an account|where can I sign up|I want to register|open a new account for me|sign me up
how do I delete my account|please remove my account|close my account|I want to cancel my membership
where is my order|track my package|when will my parcel arrive|has my order been shipped|my delivery has not come yet
I want to return this item|how do I send something back|can I give this product back|what is the return policy
I want a refund|give me my money back|can I get my money back|please refund my payment
how much does shipping cost|what are the delivery charges|is delivery free|what do you charge for postage
how can I contact support|I want to speak to a person|what is the phone number of customer service|let me talk to an agent
what payment methods do you accept|can I pay by credit card|how can I pay|do you take cash
when do you open|what are your opening hours|at what time does the shop open|is the store open on sunday
where are you located|what is your address|how do I find your office|where is the shop
I want to book a table|reserve a table for dinner|can I make a reservation|we need a table for two people
cancel my reservation|I cannot come to my booking|please drop my booking|remove my reservation
is there a free room|do you have a room for tonight|are any hotel rooms available|I need a place to sleep
what is the weather today|will it rain today|how is the weather|is it going to be sunny
set an alarm|wake me up in the morning|remind me to get up early
play some music|put on a song|I want to listen to music|start the playlist
turn on the light|switch the lamp on|make the room brighter|lights on please
turn off the light|switch the lamp off|make the room dark|lights out please
the internet is down|I have no connection|the wifi does not work|I cannot get online
my computer is slow|the laptop takes forever|the machine is lagging|why is my pc so slow
the screen is broken|my display is cracked|the monitor does not show anything
the app crashes|the program keeps closing|the software stops by itself|the application quits with an error
how do I install the program|help me set up the software|where can I download the app|installation instructions
how do I update the app|where do I get the new version|upgrade the software|install the latest release
I was charged twice|there is a mistake on my bill|my invoice is wrong|the amount on the receipt is not right
send me the invoice|I need a receipt|can I have a bill|please mail the invoice
apply a discount code|I have a coupon|how do I use a voucher|is there a promotion
I want to change my address|I moved to a new home|update my shipping address|deliver to another place
the product arrived damaged|my item is broken|the thing I ordered came in pieces|something in the parcel was smashed
the wrong item was delivered|I got something else than I ordered|this is not what I bought
what size should I choose|does it fit me|which size is right|size chart please
is this product in stock|do you still have this item|is it available|can I still buy it
I love this product|this thing is great|I am very happy with it|what a wonderful purchase
I hate this product|this thing is terrible|I am very unhappy with it|what an awful purchase
the service was excellent|the staff was very helpful|we were treated very well|the waiter was so friendly
the service was awful|the staff was rude|we were treated badly|the waiter was unfriendly
the food was delicious|dinner tasted wonderful|we had a great meal|what a tasty dish
the food was disgusting|dinner tasted horrible|we had a bad meal|what a nasty dish
the movie was boring|I fell asleep during the film|the film was dull|nothing happened in the movie
the movie was exciting|the film was thrilling|I enjoyed every minute of the film|what a gripping movie
I am happy today|I feel great|I am in a good mood|today I am full of joy
I am sad today|I feel terrible|I am in a bad mood|today I am unhappy
I am tired|I need sleep|I am exhausted|I could go to bed right now
I am hungry|I want to eat something|let us get some food|is there anything to eat
I am ill|I feel sick|I have a fever|I do not feel well
my head hurts|I have a headache|there is a pain in my head
call a doctor|I need medical help|we need an ambulance|somebody is hurt
the car does not start|my car broke down|the engine is dead|the vehicle will not move
I need a taxi|get me a cab|can someone drive me to the airport|book a car for me
when does the train leave|what time is the next train|train timetable|departure of the train
how do I get to the station|which way is the railway station|show me the way to the station
buy a ticket|I need a train ticket|where can I get tickets|one ticket please
the flight was delayed|our plane was late|the plane left hours later than planned
I lost my luggage|my suitcase is missing|the bag did not arrive|where is my baggage
what does it cost|how much is it|tell me the price|is it expensive
make a cup of coffee|brew some coffee|I would like a coffee
cook pasta for dinner|prepare noodles for the evening meal|boil some spaghetti
how do I bake bread|recipe for bread|what do I need to make a loaf
the cat sleeps on the sofa|a kitten is napping on the couch|on the couch lies a sleeping cat
the dog runs in the park|a puppy is playing on the grass|our dog likes to run outside
children play football|kids are kicking a ball|a group of boys plays soccer
a man plays the guitar|somebody is making music on a guitar|a musician strums his guitar
a woman reads a book|a lady is reading a novel|someone is looking into a book
it rains heavily|there is a lot of rain|the weather is very wet|a storm brings rain
the sun is shining|it is a sunny day|the sky is clear and bright
the stock market fell|share prices dropped|stocks lost value today
the company made a profit|the firm earned money|business was good this year
the team won the match|our side was victorious|we beat the other team
the team lost the match|our side was defeated|the other team beat us
the government passed a law|parliament approved a bill|new legislation was adopted
scientists found a new planet|astronomers discovered a world around a star|a planet was detected by a telescope
the earth goes around the sun|our planet orbits its star|the sun is circled by the earth
doctors developed a vaccine|a new medicine against the disease was found|researchers made a drug
the house is for sale|they are selling their home|you can buy this building
rent an apartment|I am looking for a flat|find me a place to live
learn a language|study Spanish|take a course in a foreign language
he teaches mathematics|the man is a math teacher|he gives lessons in algebra
write a letter|send a message by post|put words on paper for a friend
send an email|mail a message|write to someone by email
close the window|shut the window please|the window should not be open
open the door|let me in|unlock the entrance
clean the kitchen|wash the dishes|tidy up where we cook
repair the bicycle|fix my bike|mend the flat tire
plant flowers in the garden|grow roses behind the house|do some gardening
run WebAssembly on a server|execute Wasm modules on the backend|server side WebAssembly
what is WebAssembly|explain Wasm to me|what does Wasm mean
run a language model on my computer|use an LLM locally|start llama.cpp on my own machine
compute an embedding|turn text into a vector|represent a sentence as numbers
find similar sentences|semantic search|look for texts with the same meaning
classify the sentiment|is this text positive or negative|tell me the mood of the message
extract data as JSON|turn text into structured data|get the fields from this sentence
generate text|let the model write something|complete this sentence
store a value in the key value store|save some data|keep this for later
read a value from the store|load the saved data|get what was kept
query the database|run an SQL statement|select rows from a table
deploy the application|put the app into production|release the service
write a unit test|test the code|check that the function works
fix a bug|there is an error in the code|debug the program
the server returns an error|internal server error|the request failed with status 500
the page was not found|error 404|the link is broken
log in to the website|sign in with my account|enter my user name and password
log out|sign me out|end my session
make the text bigger|increase the font size|the letters are too small
dark mode|use a dark theme|make the background black
translate a text|put this into another language|say this in French
summarize the article|give me the main points|make this text shorter
tell me a joke|make me laugh|say something funny
hello|hi there|good day|hey
goodbye|see you later|bye|farewell
thank you|thanks a lot|I appreciate your help
who are you|what is your name|introduce yourself
what can you do|how can you help me|list your skills
yes|sure|of course|certainly
no|not at all|never|no way
{name} lives in {city}|the home of {name} is in {city}|{name} has a house in {city}|you can find {name} in {city}
{name} works as a {job}|{name} is a {job}|the job of {name} is {job}|{name} earns money as a {job}
{name} travels to {city}|{name} goes on a trip to {city}|{name} takes the train to {city}|a journey to {city} by {name}
the meeting is on {day}|we meet on {day}|our appointment is on {day}|let us come together on {day}
the package arrives on {day}|the delivery is on {day}|we get the parcel on {day}
flights to {city}|I want to fly to {city}|book a plane ticket to {city}|is there a plane to {city}
hotels in {city}|I need a room in {city}|where can I sleep in {city}|a place to stay in {city}
restaurants in {city}|where can I eat in {city}|find food in {city}|a good place for dinner in {city}
weather in {city}|will it rain in {city}|how is the weather in {city}|forecast for {city}
{name} was born in {city}|the birthplace of {name} is {city}|{name} comes from {city}
the {thing} is broken|the {thing} does not work|something is wrong with the {thing}|the {thing} is out of order
I bought a new {thing}|I got myself another {thing}|a new {thing} was purchased by me
where can I buy a {thing}|which shop sells a {thing}|I am looking for a {thing}|I want to get a {thing}
the {thing} is too expensive|I cannot afford the {thing}|the price of the {thing} is too high
the {thing} is cheap|the {thing} does not cost much|the price of the {thing} is low
how do I use the {thing}|instructions for the {thing}|explain how the {thing} works|a manual for the {thing}
clean the {thing}|wash the {thing}|how do I get the {thing} clean|remove dirt from the {thing}
repair the {thing}|fix the {thing}|the {thing} has to be mended
how do I {deed}|teach me how to {deed}|what is the best way to {deed}|I want to learn how to {deed}|tips on how to {deed}
tell me about {topic}|what is {topic}|information on {topic}|explain {topic}|I want to know more about {topic}
a book about {topic}|something to read on {topic}|literature on {topic}
news about {topic}|what happened in {topic}|the latest on {topic}
""")]  # fmt: skip
SYNONYMS = [[word.strip() for word in line.split("|")] for line in lines("""
movie|film|picture
car|automobile|vehicle
big|large|huge
small|little|tiny
buy|purchase|get
begin|start
end|finish|stop
shop|store
phone|telephone|mobile
house|home
doctor|physician
kid|child
fast|quick|rapid
happy|glad|joyful
sad|unhappy|sorrowful
angry|mad|furious
beautiful|pretty|lovely
ugly|hideous
smart|clever|intelligent
stupid|dumb|foolish
good|fine|nice
great|excellent|fantastic|wonderful|amazing
bad|poor|lousy
terrible|awful|horrible|dreadful
boring|dull|tedious
funny|hilarious|amusing
tasty|delicious|yummy
disgusting|revolting|nasty
love|adore|really like
hate|detest|can't stand
broken|defective|out of order
cheap|inexpensive|affordable
expensive|costly|overpriced
job|work|occupation
boss|manager
friend|pal|buddy
trip|journey|travel
holiday|vacation
laptop|computer|notebook
sofa|couch
jacket|coat
picture|photo|image
email|mail
parcel|package
error|mistake|fault
answer|reply|response
question|query
help|assist|support
difficult|hard|tough
easy|simple
ill|sick|unwell
rude|impolite|unfriendly
friendly|kind|welcoming
dirty|filthy|unclean
clean|spotless|tidy
tired|exhausted|worn out
scared|afraid|frightened
excited|thrilled
disappointed|let down
city|town
""")]  # fmt: skip
