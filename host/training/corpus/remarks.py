"""Whole sentences that carry a feeling."""

from corpus.example import lines

GOOD_SENTENCES = lines("""
I got the job
We won the game
We won
I won the lottery
She said yes
I passed the exam
I passed all my tests
My son graduated today
I got a raise
I got promoted
He is getting better every day
The operation went well
The sun is shining and the birds are singing
What a wonderful day
What a beautiful morning
What a great idea
What a great movie
What a lovely surprise
Best day ever
Best purchase ever
Best movie ever
Best pizza in town
Five stars
10 out of 10
Ten out of ten
Two thumbs up
Thumbs up
Thank you so much for your help
Thanks a lot, you are the best
Many thanks, this is exactly what I needed
Thank you, that was very kind of you
You are amazing
You are the best
You did a great job
You made my day
Well done
Great job
Good job, everyone
Keep up the good work
Congratulations
Congratulations on your new job
Awesome work
Life is good
Life is beautiful
I can't wait to go back
I can't wait to see you
I can't wait for the weekend
I would buy it again
I would definitely come back
We will definitely come back
We will be back
I could watch it again and again
I could eat this every day
I couldn't be happier
I couldn't ask for more
I could not be more pleased
I have never been happier
I have never felt better
I have never had a better meal
It doesn't get any better than this
Nothing could be better
There is nothing not to like
No complaints at all
No problems at all, everything worked
Zero complaints
I feel great today
I feel so much better now
I had a great time
We had a wonderful time
We had so much fun
I laughed so hard
I laughed the whole time
Everything was perfect
Everything went smoothly
Everyone was so kind
Everyone loved it
My kids love it
My daughter loves her new school
My family loved it
The kids had a blast
It was love at first sight
I am so happy for you
I am so glad I came
So glad I bought this
So happy with this purchase
Good news
It works
It finally works
Hooray
Yay
Wow
Wow, just wow
Love it
Loved it
I love it
I love you
I like it
I like it a lot
I love my life
I love my job
I love this so much
Highly recommended
A must see
A must have
A must read
Nice
Perfect
Excellent
Brilliant
Great
Good
Awesome
Amazing
Fantastic
Delicious
Not bad at all
Not bad
Not too bad
Not half bad
Couldn't be better
It was a pleasure to meet you
I enjoyed every minute
I enjoyed every bite
Money well spent
Time well spent
It was worth the wait
Problem solved, thanks
Happy birthday
Merry Christmas
Welcome home, we missed you
I have good memories of this place
I smiled all day
My heart is full
Dreams do come true
The future looks bright
Things are looking up
I made a new friend today
We are getting married
We are having a baby
I found my lost ring
They gave us a free dessert
They fixed my problem in five minutes
He always makes me laugh
She is the kindest person I know
He is such a good friend
My team finally won the cup
""")

BAD_SENTENCES = lines("""
I lost my job
I got fired
We lost the game
We lost
My dog died
My grandmother passed away
I failed the exam
I failed again
He broke my heart
She left me
I broke my leg
I lost my wallet
I lost my keys again
My car broke down
My phone broke again
Someone stole my bike
My flight was cancelled
The train was late again
We missed our flight
We waited two hours for our food
I waited an hour and nobody came
Nobody helped us
Nobody answered the phone
Nobody cares
No one answered my emails
I want my money back
I want a refund
Give me my money back
I am never coming back
Never again
Never buying this again
I will never come back
We will never go there again
I would not go there again
I wouldn't buy it again
I would not wish this on anyone
Don't buy this
Do not buy this
Don't waste your money
Don't waste your time
Stay away from this place
Avoid this place
Avoid at all costs
Save your money
What a waste of time
What a waste of money
What a terrible day
What a mess
What a disaster
What a disappointment
What a shame
What an awful movie
Worst day ever
Worst movie ever
Worst service ever
Worst meal of my life
One star
Zero stars
1 out of 10
0 out of 10
Two thumbs down
Thumbs down
I regret everything
I regret buying it
I hate it
Hated it
Hate it
I hate this
I hate my job
I hate Mondays
I hate you
I don't like it
I don't like this at all
I did not like it
I do not like it
I can't stand it anymore
I can't take it anymore
I can't sleep
I can't believe how bad this is
I couldn't finish it
I couldn't even finish it
I walked out after ten minutes
I fell asleep halfway through
I nearly fell asleep
I was bored to tears
I had a bad day
I had a terrible time
I had high hopes but I was let down
I had to throw it away
I have never been so angry
I have never been so disappointed
I have never had a worse meal
It doesn't get any worse than this
Nothing works
Nothing worked
Nothing went right today
Everything went wrong
Everything hurts
My head hurts
My back hurts
My stomach hurts after that meal
I feel terrible
I feel sick
I feel awful today
I feel so alone
I miss you and I am sad
I am so tired of this
It made me cry
It hurts so much
It is not good
Not good
Not good at all
Not great
Not worth it
Not happy with this
Not recommended
Not what I ordered
This is not what I paid for
This is not okay
This is unacceptable
There was a hair in my soup
There were bugs in the room
The room was full of cockroaches
The sheets were dirty
The food was cold
Our food was cold and the staff did not care
The soup was cold and the bread was old
They lied to us
They charged me twice
They never called back
They lost my luggage
They got my order wrong
They ignored us
You ruined everything
You are the worst
You are an idiot
You make me sick
Shame on you
Go away
Leave me alone
Shut up
Bad news
Bad
Terrible
Awful
Horrible
Disgusting
Boring
Disappointing
Useless
Pathetic
Ugh
Yuck
Gross
Meh, what a letdown
Such a letdown
Total garbage
Complete trash
It sucks
This sucks
It is broken
It is broken again
It broke
It does not work
It doesn't work
It never worked
It still doesn't work
It stopped working
The screen is cracked
The battery dies after an hour
The app crashes every time
I keep getting errors
The website is always down
My internet is down again
My package never arrived
He is always late and never says sorry
He yelled at me
She was mean to me
He is such a liar
The children were scared and crying
The war destroyed the city
Many people died
Several people were injured in the accident
The storm destroyed our house
Our house burned down
Prices are going up again and I can't pay my rent
I can't pay my bills
My team lost again
""")
