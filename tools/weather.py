"""The weather at a place, now and for the days to come, from Open-Meteo, which asks for no key."""

from collections.abc import Mapping
from typing import Any

from langchain_core.tools import BaseTool, StructuredTool
from pydantic import BaseModel, Field

from vademecum.core.errors import ToolError
from vademecum.tools import Services
from vademecum.tools._quoting import material, one_line
from vademecum.tools._web import Web, json_of, web

EXAMPLES = [
    *(
        {"request": request, "args": {"place": place}}
        for request, place in (
            ("What's the weather in Lisbon?", "Lisbon"),
            ("Will it rain in Oslo tomorrow?", "Oslo"),
            ("How cold is it in Montreal right now?", "Montreal"),
            ("weather forecast for Nairobi", "Nairobi"),
            ("Do I need an umbrella in Buenos Aires today?", "Buenos Aires"),
        )
    ),
    {"request": "Is it sunny in Athens?"},
    {"request": "What will the weather be like in Dublin this weekend?"},
    {"request": "How hot is it in Dubai?"},
]

CURRENT = ("temperature_2m", "relative_humidity_2m", "precipitation", "weather_code", "wind_speed_10m")
DAILY = ("weather_code", "temperature_2m_min", "temperature_2m_max", "precipitation_sum", "wind_speed_10m_max")

SKIES = {
    0: "clear sky",
    1: "mainly clear",
    2: "partly cloudy",
    3: "overcast",
    **dict.fromkeys((45, 48), "fog"),
    **dict.fromkeys((51, 53, 55, 56, 57), "drizzle"),
    **dict.fromkeys((61, 63, 65, 66, 67), "rain"),
    **dict.fromkeys((71, 73, 75, 77), "snow"),
    **dict.fromkeys((80, 81, 82), "rain showers"),
    **dict.fromkeys((85, 86), "snow showers"),
    **dict.fromkeys((95, 96, 99), "thunderstorm"),
}
"""Weather codes of the WMO (table 4677), as Open-Meteo uses them."""


class Arguments(BaseModel):
    """What the weather tool takes."""

    place: str = Field(description="City or place, such as Lisbon or Portland, Oregon.", min_length=1, max_length=200)
    days: int = Field(default=3, ge=1, le=16, description="How many days of forecast, today included.")


def build(services: Services) -> BaseTool:
    """The weather as a tool."""
    settings = services.chosen

    def weather(place: str, days: int = 3) -> str:
        reach = web(settings, settings.geocoding_url, settings.weather_url)
        found_place = _find(reach, settings.geocoding_url, place)
        forecast = _forecast(reach, settings.weather_url, found_place, days)
        try:
            return material("Open-Meteo", "\n".join(_in_lines(found_place, forecast)))
        except (KeyError, TypeError, IndexError, ValueError):
            raise ToolError("the weather service answered in a form that is not known; try again later") from None

    return StructuredTool.from_function(
        weather,
        name="weather",
        description=(
            "Look up the weather in a city: temperature, rain, snow and wind, now and the forecast for the coming "
            "days. Call it for questions about the weather."
        ),
        args_schema=Arguments,
        metadata={"examples": EXAMPLES, "effect": "network"},
    )


def _find(reach: Web, url: str, place: str) -> Mapping[str, Any]:
    """The best-known place of that name: latitude, longitude, name, country."""
    name, _, region = (part.strip() for part in place.partition(","))
    parameters = {"name": name, "count": 10, "language": "en", "format": "json"}
    answer = json_of(reach.get(f"{url}/v1/search", params=parameters))
    entries = answer.get("results") if isinstance(answer, dict) else None
    places = [
        entry
        for entry in entries or []
        if isinstance(entry, dict) and {"latitude", "longitude", "name"} <= entry.keys()
    ]
    if not places:
        raise ToolError(f"there is no place called {one_line(place)!r}; give the city, in English")
    return next((entry for entry in places if region and _in_region(entry, region)), places[0])


def _in_region(place: Mapping[str, Any], region: str) -> bool:
    names = ("country", "country_code", "admin1", "admin2")
    return region.casefold() in {str(place.get(key, "")).casefold() for key in names}


def _forecast(reach: Web, url: str, place: Mapping[str, Any], days: int) -> Mapping[str, Any]:
    parameters = {
        "latitude": place["latitude"],
        "longitude": place["longitude"],
        "current": ",".join(CURRENT),
        "daily": ",".join(DAILY),
        "timezone": "auto",
        "forecast_days": days,
    }
    return json_of(reach.get(f"{url}/v1/forecast", params=parameters))


def _in_lines(place: Mapping[str, Any], forecast: Mapping[str, Any]) -> list[str]:
    """The weather in lines: where, now, and a line a day."""
    where = [one_line(str(place[key]), 60) for key in ("name", "admin1", "country") if place.get(key)]
    now = forecast["current"]
    lines = [
        f"Weather in {', '.join(dict.fromkeys(where))}, at {now['time']} local time: {_sky(now['weather_code'])}, "
        f"{now['temperature_2m']} °C, humidity {now['relative_humidity_2m']} %, "
        f"precipitation {now['precipitation']} mm, wind {now['wind_speed_10m']} km/h."
    ]
    days = forecast["daily"]
    for date, code, low, high, rain, wind in zip(days["time"], *(days[key] for key in DAILY), strict=True):
        line = f"{date}: {_sky(code)}, {low} to {high} °C, precipitation {rain} mm, wind up to {wind} km/h."
        lines.append(one_line(line))
    return lines


def _sky(code: Any) -> str:
    return SKIES.get(code, "unknown sky") if isinstance(code, int) else "unknown sky"
