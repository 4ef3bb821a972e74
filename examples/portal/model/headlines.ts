/**
 * The newspaper's stock of stories: invented, harmless, and about nobody.
 *
 * @module
 */

/** The newspaper's desks, in the order in which they are shown. */
export const CATEGORIES = ["world", "business", "technology", "science", "culture"] as const;

/** One of the desks. */
export type Category = typeof CATEGORIES[number];

/** A story of the stock: title, and what it says in a sentence or two. */
export type Headline = readonly [title: string, summary: string];

/** The stories of each desk. */
export const HEADLINES: Readonly<Record<Category, readonly Headline[]>> = {
  world: [
    [
      "Coastal towns agree on one timetable for all ferries",
      "Eleven harbours will share a single timetable from spring. Travellers had been changing boats with six minutes, or six hours, to spare.",
    ],
    [
      "Night trains return to the mountain line after nineteen years",
      "The first sleeper left with every berth taken and a dining car that ran out of soup before midnight.",
    ],
    [
      "City swaps two thousand parking spaces for trees",
      "The limes and hornbeams go in before the frost. Residents were asked to adopt the one outside their door; nine in ten said yes.",
    ],
    [
      "Island votes to keep its only traffic light",
      "A proposal to remove it as unnecessary failed by forty votes. Supporters called it a landmark.",
    ],
    [
      "River clean enough to swim in for the first time since 1931",
      "Inspectors signed the last report at dawn. By noon there was a queue at the old bathing steps.",
    ],
    [
      "Border post becomes a library, open on both sides",
      "Readers come in through either country and must leave by the door they entered.",
    ],
    [
      "Lighthouse keepers hand over to their grandchildren",
      "The lamps have been automatic for decades. The families stayed, and so did the log books.",
    ],
  ],
  business: [
    [
      "Ember opens its second chip plant a year early",
      "The company says that the new line runs at a third of the water of the old one. First wafers ship next month.",
    ],
    [
      "Fjord orders twelve sail-assisted freighters",
      "Rigid sails are to save a fifth of the fuel on northern routes. The first two ships are to sail in the autumn after next.",
    ],
    [
      "Bakers' cooperative overtakes the supermarket chains",
      "Four hundred shops now buy flour together. Their loaf is dearer by a few cents, and sells out by ten.",
    ],
    [
      "Candle Bank drops account fees for good",
      "Customers had been leaving for smaller rivals. Analysts expect the others to follow within the quarter.",
    ],
    [
      "Repair shops outnumber electronics stores for the first time",
      "A law on spare parts, now three years old, is given most of the credit. Manufacturers are hiring repairers of their own.",
    ],
    [
      "Alder Rail fills its freight trains through the night",
      "Parcels now travel in the hours when passengers sleep. The lorries are not missed along the valley road.",
    ],
    [
      "Four-day week pays off, says toolmaker after two years",
      "Output per hour rose by a ninth, and the number of applications trebled. The fifth day stays free.",
    ],
  ],
  technology: [
    [
      "A page in one trip: sites go back to rendering on the server",
      "Developers report faster first views and smaller bills. Some of the code, they admit, looks like it did twenty-five years ago.",
    ],
    [
      "Volunteers bring a 1984 mail system back on line",
      "The first message delivered was an apology for late delivery, written in 1987.",
    ],
    [
      "Open hearing aids learn to follow a conversation",
      "The design is free to copy. A school in the north printed the cases and built sixty of them in a week.",
    ],
    [
      "Quiet keyboard wins loud prize",
      "Judges praised a switch without a single moving metal part. The audience could not hear the demonstration.",
    ],
    [
      "Map makers agree on a common way to say where the door is",
      "Parcels, wheelchairs and ambulances had been led to the middle of the roof.",
    ],
    [
      "Battery made of salt passes its ten-thousandth charge",
      "It is heavy, cheap, and does not burn. Breeze Power wants to put the first ones beside its turbines.",
    ],
    [
      "Moss gives its oldest program to a museum, bugs included",
      "Visitors may try to find the error of 1996 for themselves. The cure is in a sealed envelope.",
    ],
  ],
  science: [
    [
      "Deep-sea camera meets a squid that seems to wave back",
      "Researchers saw the same gesture on four dives and are careful not to call it a greeting.",
    ],
    [
      "Old tree rings settle a dispute about a volcano",
      "A narrow ring in seven forests dates the eruption to a single summer, eleven years later than taught.",
    ],
    [
      "Swifts found to sleep longer in flight than thought",
      "Sensors lighter than a paper clip recorded naps of up to nine minutes, always on the way up.",
    ],
    [
      "New moon photographs itself in passing",
      "A probe the size of a shoe box caught its own shadow on a moonlet that had no name until Tuesday.",
    ],
    [
      "Moss on city walls takes up more dust than expected",
      "A square metre does the work of a young tree, say botanists, and asks only for shade.",
    ],
    [
      "Mathematicians fold a map that cannot be folded wrong",
      "The pattern opens with one pull and closes with the other hand. Walkers have asked for it at once.",
    ],
    [
      "Glacier gives back a notebook from 1908",
      "The pencil is legible. The last entry complains about the weather and the cook.",
    ],
  ],
  culture: [
    [
      "Orchestra plays in the dark, and sells out the season",
      "The lights go down before the first note. Listeners say that they hear the violas at last.",
    ],
    [
      "Village cinema finds a lost reel behind the screen",
      "It had served as insulation since 1952. The film is a comedy, and it is still funny.",
    ],
    [
      "Poets take over the station announcements for a day",
      "Delays rose by a minute on average. Complaints fell by half.",
    ],
    [
      "The long novel is back, and readers bring cushions",
      "A public reading of nine hundred pages takes four days. The tickets include breakfast.",
    ],
    [
      "Museum hangs its paintings at the height of children",
      "For a month the adults have to bend down. Attendance has doubled in both age groups.",
    ],
    [
      "A street organ learns three hundred new songs",
      "The holes are still punched by hand. The organ grinder's apprentice is eighty-one.",
    ],
    [
      "Theatre lends its costumes to anyone with a library card",
      "Capes and crowns are out for weeks. Everyone so far has brought them back ironed.",
    ],
  ],
};
