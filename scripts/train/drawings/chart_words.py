"""Titles, axis names and labels: what real charts and tables are about."""

from __future__ import annotations

import numpy as np

_TOPICS = (
    "Sales;Revenue;Rainfall;Temperature;Population;Exports;Imports;Unemployment;Energy use;Visitors;Downloads;"
    "Response time;Memory usage;Market share;Test scores;Attendance;Crop yield;Wind speed;Carbon emissions;"
    "Budget;Profit;House prices;Birth rate;Votes;Life expectancy;Water level;Traffic;Page views;Error rate;"
    "Accuracy;Loss;Throughput;Latency;Blood pressure;Body mass;Fuel economy;Steel output;Wheat harvest;"
    "Literacy;Screen time;Sleep;Tax income;Debt;Inflation;Interest rate;Share price;Orders;Complaints;"
    "Survey answers;Vaccinations;Hospital beds;Air quality;Noise;Solar power;Reaction rate;Concentration;"
    "Voltage;Current;Pressure;Growth;Fish stocks;Forest area;Rent;Wages;Passengers;Flights;Goals scored;"
    "Satisfaction;Membership;Donations;Library loans;Recycling;Waste;Tourism;Bicycle trips;Coffee prices"
).split(";")
_BY = (
    "by region;by year;by month;by product;per country;per capita;over time;2010-2020;in Europe;worldwide;"
    "this quarter;by age group;by department;since 1990;by species;after treatment;in the city;per household;"
    "and forecast;compared;by channel;(in thousands);in percent;by grade"
).split(";")
_SETS = (
    "Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec;Mon Tue Wed Thu Fri Sat Sun;Q1 Q2 Q3 Q4;A B C D E F G H I J K L;"
    "Apples Pears Plums Grapes Cherries Bananas Lemons Kiwis;Germany France Spain Italy Poland Norway Greece Sweden "
    "Austria Portugal;USA China India Brazil Japan Russia UK Mexico;North South East West Centre;Food Rent Travel "
    "Health Clothes Leisure Other;Adelie Chinstrap Gentoo;setosa versicolor virginica;Control Placebo Low Medium High;"
    "Chrome Firefox Safari Edge Opera;Cars Buses Trains Bikes Trams Planes;Cats Dogs Birds Fish Horses;Coal Gas Oil "
    "Wind Solar Hydro Nuclear;Red Green Blue Yellow Black;Alice Bob Carol David Emma Frank Grace Henry;Python Java Go "
    "Rust Ruby PHP Swift Kotlin;London Paris Rome Berlin Madrid Vienna Oslo Prague;Yes No Unsure;Men Women;Model-A "
    "Model-B Model-C Model-D Model-E;Group-1 Group-2 Group-3 Group-4 Group-5;Wheat Rice Maize Oats Barley Rye;Asia "
    "Africa Europe America Oceania;0-9 10-19 20-29 30-39 40-49 50-59 60-69 70+;Primary Secondary Tertiary;"
    "Strongly-agree Agree Neutral Disagree Strongly-disagree;Sales Marketing Support Research "
    "Finance;Mercury Venus Earth Mars Jupiter "
    "Saturn Uranus Neptune;Baseline Ours Ablation Oracle Random;Texas Ohio Utah Maine Iowa Nevada Oregon Kansas;"
    "Label1 Label2 Label3 Label4 Label5 Label6;Item Item-2 Item-3 Item-4 Item-5;1st 2nd 3rd 4th 5th;x y z w"
).split(";")
_UNITS = "% $ € kg km m s ms GB MW °C mm Hz dB units people tons hours points mg/l kWh index count years".split()
_AXES = (
    "Year;Month;Time (s);Date;Age;Category;Distance (km);Weight (kg);Height (cm);Epoch;x;Day;Week;Income;Speed;"
    "Horsepower;Miles per gallon;Dose (mg);Iteration;Temperature (°C);Group;Size;Frequency (Hz);Depth (m);Score;"
    "Body mass (g);Flipper length (mm);Number of users;Country;Product;Quarter;log10(n);Threads;t;n"
).split(";")
_SOURCES = (
    "Source: World Bank;Source: Eurostat;Source: own data;Figures in thousands;n = 214;Source: Ministry;* estimate"
).split(";")


def pick(rng: np.random.Generator, options: list[str] | tuple[str, ...]) -> str:
    """One of the texts."""
    return options[int(rng.integers(len(options)))]


def topic(rng: np.random.Generator) -> str:
    """What a chart may be about."""
    return pick(rng, _TOPICS)


def title(rng: np.random.Generator) -> str:
    """A title as charts have it."""
    luck = rng.random()
    if luck < 0.25:
        return topic(rng)
    if luck < 0.35:
        return f"Figure {rng.integers(1, 20)}: {topic(rng)}"
    if luck < 0.5:
        return f"{topic(rng)} and {topic(rng).lower()} {pick(rng, _BY)}"
    return f"{topic(rng)} {pick(rng, _BY)}"


def subtitle(rng: np.random.Generator) -> str:
    """A second line under a title."""
    return f"{topic(rng)}, {pick(rng, _UNITS)}" if rng.random() < 0.6 else f"{topic(rng)} {pick(rng, _BY)}"


def source(rng: np.random.Generator) -> str:
    """A note on where the numbers come from."""
    return pick(rng, _SOURCES)


def axis(rng: np.random.Generator) -> str:
    """The name of an axis."""
    if rng.random() < 0.5:
        return pick(rng, _AXES)
    return f"{topic(rng)} ({pick(rng, _UNITS)})" if rng.random() < 0.6 else topic(rng)


def labels(rng: np.random.Generator, count: int) -> list[str]:
    """`count` labels that belong together."""
    if rng.random() < 0.25:
        first, step = int(rng.integers(1950, 2015)), int(rng.choice([1, 1, 1, 2, 5]))
        return [str(first + step * i) for i in range(count)]
    fitting = [one.split() for one in _SETS if len(one.split()) >= count]
    if not fitting:
        return [str(i + 1) for i in range(count)]
    words = [word.replace("-", " ") for word in fitting[int(rng.integers(len(fitting)))]]
    return words[:count]


def number(rng: np.random.Generator) -> str:
    """A number as one stands in a label or a cell."""
    value = float(10 ** rng.uniform(0, 5))
    shapes = (
        f"{value:,.0f}",
        f"{value:.1f}",
        f"{value:.2f}",
        f"{value % 100:.0f}%",
        f"${value:,.2f}",
        f"{value % 1:.3f}",
    )
    return shapes[int(rng.choice(6, p=[0.35, 0.2, 0.15, 0.1, 0.1, 0.1]))]
