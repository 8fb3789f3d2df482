"""The things that sentences talk about, and the small words around them."""

from corpus.example import words

THINGS = words("""
movie, film, book, song, album, show, series, game, concert, play, story, novel, documentary, episode,
ending, plot, acting, soundtrack, restaurant, food, pizza, soup, coffee, cake, dinner, lunch, breakfast,
meal, burger, steak, salad, dessert, bread, pasta, wine, tea, sandwich, chicken, fish, service, staff,
waiter, waitress, chef, manager, hotel, room, bed, view, pool, beach, trip, holiday, vacation, flight,
train, bus, taxi, airport, city, park, museum, town, country, weather, rain, summer, winter, phone, laptop,
computer, camera, screen, battery, keyboard, charger, headset, tablet, watch, printer, speaker, app,
website, update, software, program, tool, service desk, customer service, support team, delivery, package,
order, product, price, quality, design, color, dress, shirt, jacket, coat, shoes, bag, hat, chair, table,
sofa, lamp, mattress, car, bike, house, apartment, neighborhood, garden, kitchen, school, teacher, lesson,
course, class, lecture, exam, job, boss, meeting, office, team, project, presentation, report, idea, plan,
party, wedding, birthday, present, gift, weekend, day, morning, evening, night, doctor, hospital, dentist,
nurse, treatment, medicine, bank, shop, store, supermarket, dog, cat, baby, family, neighbor, friend,
brother, sister, husband, wife, team leader, driver, guide, tour, museum visit, match, band, singer, actor,
actress, director, gym, haircut, internet connection, new version, interface, manual, instructions, vacuum
cleaner, washing machine, toaster, blender, fridge, oven, bottle, cup, backpack, tent, umbrella, toy,
puzzle, language model, answer, conversation, letter, email, performance, experience, atmosphere, music,
place, thing, stuff, news, result, process, purchase, deal, offer, company, seller
""")

OPINION_HOLDERS = words("""
I, I, I, I, We, We, My wife and I, My friends and I, The kids and I, You, They, People
""")

OWNERS = words("the, the, the, the, this, this, this, my, your, our, that, their, his, her")

INTENSIFIERS = words("""
very, really, so, truly, absolutely, extremely, incredibly, quite, totally, just, simply, pretty, super,
too, completely, honestly, genuinely, particularly, especially, unbelievably, remarkably, always, still,
clearly, definitely
""")
