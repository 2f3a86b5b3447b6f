"""The outdoor images of ADE20K, as SPADE's and DP-GAN's papers score them."""

import dataclasses
import os
import pathlib
from typing import Literal

from keras_semsynth.data.datasets import ade20k
from keras_semsynth.data.semantic_dataset import SemanticDataset
from keras_semsynth.files.listing import count_of
from keras_semsynth.files.listing import read_lines

# The archive says of which scene each image is.
SCENES = "sceneCategories.txt"
# Scenes under the open sky and buildings seen from outside, as the names of
# the archive tell; those in `_OUTDOOR_ENDINGS` need no entry. Some names lack
# their beginning: `natural` is a lake, `plunge` a waterfall, `sand` a desert.
OUTDOOR_SCENES = frozenset(
    """abbey access_road acropolis air_base aircraft_carrier_object airfield
    airplane airport alley amphitheater amusement_park aqueduct arbor arch
    archaelogical_excavation archipelago army_base artificial
    auto_racing_paddock awning_deck back_porch backwoods badlands
    bamboo_forest barbeque barn barndoor barnyard barrack baseball
    baseball_field basilica batters_box battlefield battlement bay bayou beach
    beach_house beer_garden belfry bicycle_racks block boardwalk boat
    boat_deck boathouse bog botanical_garden bottomland bridge bridle_path
    broadleaf brooklet building_complex building_facade bullpen bullring
    bus_shelter butte bypass byroad cabana cabin_cruiser campsite campus
    canyon caravansary cargo_deck cargo_helicopter carrousel cascade castle
    cataract cemetery chair_lift chalet chaparral chemical_plant chuck_wagon
    city cliff coast coast_road construction_site coral_reef corn_field corral
    cottage cottage_garden country_house country_road courthouse courtyard
    creek crevasse crosswalk cultivated customhouse dacha dam
    deck-house_boat_deck_house deck-house_deck_house desert_road dirt_track
    ditch diving_board dock dolmen donjon downtown drainage_ditch drill_rig
    driveway dry_dock dugout earth_fissure east_asia electrical_substation
    elevated_catwalk embankment embassy escarpment estuary excavation exterior
    fairway fan farm farm_building farmhouse feed_bunk fence field_road
    fire_escape fire_station fire_trench fish_farm fishpond fjord flashflood
    floating_dock floating_dry_dock flood flood_plain flowerbed fly_bridge
    flying_buttress football football_field foothill forecourt foreshore
    forest_fire forest_path forest_road formal_garden fort fortress fountain
    freeway front_porch gangplank garbage_dump garden gas_station gas_well
    gasworks gate gatehouse ghost_town glacier glade glen golf_course gorge
    grape_arbor grotto grove guardhouse guesthouse gulch hacienda harbor
    hayfield heath hedge_maze hedgerow heliport hen_yard herb_garden highway
    hill hillock hollow hoodoo hospital hot_spring house housing_estate
    housing_project howdah hut hutment ice_floe ice_shelf iceberg igloo
    industrial_area industrial_park inlet irrigation_ditch islet
    japanese_garden jetty jungle junk_pile junkyard kasbah kraal lagoon
    landfill landing_deck landing_strip lava_flow lawn layby lean-to
    lean-to_tent levee lift_bridge lighthouse loading_dock lock_chamber
    lower_deck mansion manufactured_home marsh mastaba mausoleum meadow medina
    megalith menhir mesa mesoamerican mews military_headquarters military_hut
    military_tent millpond millrace mission mobile_home moon_bounce moor motel
    mountain mountain_path mountain_road mountain_snowy mudflat natural
    natural_spring naval_base needleleaf oasis oast_house observation_station
    observatory_post ocean ocean_deep ocean_shallow office_building oilrig
    one-way_street orchard outbuilding outcropping outside overpass
    oyster_farm pagoda palace parade_ground park parking_lot parkway
    passenger_deck pasture patio pavement pavilion phone_booth picnic_area
    pier pinetum piste_road pitchers_mound plantation_house playground plaza
    plunge pond pontoon_bridge poop_deck porch portico postern preserve priory
    promenade promenade_deck pueblo putting_green quadrangle quicksand
    racecourse raceway raft railroad_track railway_yard rainforest ramp ranch
    ranch_house residential_neighborhood resort rest_area rest_stop
    restaurant_patio retaining_wall rice_paddy rift_valley river road road_cut
    rock_arch rock_garden roof roof_garden rope_bridge roundabout rubble ruin
    runway safari_park salt_plain sand sand_trap sandbar sandbox savanna
    schoolhouse schoolyard scrubland sea_cliff seaside seawall semidesert shed
    shelter shelter_deck shelter_tent shopfront shore shrubbery sidewalk
    sinkhole ski_jump ski_lodge ski_resort ski_slope sky skyscraper slum
    snowbank snowfield soccer south_asia spillway starting_gate stone_circle
    street streetcar_track strip_mall strip_mine sun_deck swamp swimming_hole
    t-bar_lift taxistand taxiway tea_garden terrace_farm threshing_floor
    tidal_basin tidal_river tiltyard toll_plaza tollbooth tollgate
    topiary_garden tower town_house tract_housing traffic_island trailer_park
    train_railway tree_farm tree_house trellis trench trestle_bridge
    truck_stop tundra upper_balcony urban valley vegetable_garden vegetation
    veranda viaduct village vineyard volcano walkway watchtower water
    water_fountain water_gate water_mill water_park water_tower watering_hole
    waterscape waterway wave weighbridge wetland wharf wheat_field wild
    wind_farm windmill windstorm woodland yard zen_garden ziggurat
    zoo""".split()
)
_OUTDOOR_ENDINGS = ("_outdoor", "_exterior")


def find(
    data_dir: str | os.PathLike,
    split: str = "train",
    file_list: str | os.PathLike | None = None,
    ade_label_shift: bool = False,
    max_dataset_size: int | None = None,
    pairing: Literal["stem", "position"] = "stem",
) -> SemanticDataset:
    """Finds the images of ADE20K that show outdoor scenes.

    The papers' list of them is not public: SPADE names "Qi et al.", and
    DP-GAN counts 9649 and 943 images. Without `file_list` the outdoor scenes
    are those that the names in the archive's `sceneCategories.txt` tell.

    Args:
        data_dir: str. Root folder of ADE20K.
        split: str. Defaults to `"train"`.
        file_list: str or `None`. Text file with the names of the outdoor
            images, one a line; names of the other split are skipped. Unset:
            those of an outdoor scene. Defaults to `None`.
        ade_label_shift: bool. Map raw 0 to class 150 and raw `k` to class
            `k - 1`. Defaults to `False`.
        max_dataset_size: int or `None`. Use the first samples only.
            Defaults to `None`.
        pairing: `"stem"` pairs files by name, `"position"` by their place in
            the sorted lists, unchecked. Defaults to `"stem"`.

    Returns:
        `SemanticDataset`.
    """
    if file_list is None:
        wanted = outdoor_images(_scenes_file(data_dir))
    else:
        wanted = ade20k.listed(file_list)
    classes = ade20k.SHIFTED_CLASSES if ade_label_shift else ade20k.CLASSES
    return ade20k.find_files(
        "ade20k_outdoor",
        classes,
        data_dir,
        split,
        wanted,
        max_dataset_size,
        pairing,
    )


def outdoor_images(path: str | os.PathLike) -> set[str]:
    """Reads which images of ADE20K show outdoor scenes.

    Args:
        path: str. `sceneCategories.txt` of the archive: the name of an image
            and its scene in each line.

    Returns:
        set of str, names without extension.

    Raises:
        ValueError: If a line does not name both.
    """
    images = set()
    for number, line in enumerate(read_lines(path), start=1):
        words = line.split()
        if len(words) != 2 or not words[0].startswith("ADE_"):
            raise ValueError(
                f"{path}, line {number}: expected the name of an image and "
                f"its scene, such as 'ADE_val_00000002 street'. "
                f"Received: {line!r}."
            )
        name, scene = words
        if scene in OUTDOOR_SCENES or scene.endswith(_OUTDOOR_ENDINGS):
            images.add(name)
    return images


def _scenes_file(data_dir):
    """Finds the file of scenes, which lies beside the folders of images."""
    root = pathlib.Path(data_dir)
    found = sorted([*root.glob(SCENES), *root.glob(f"*/{SCENES}")])
    if len(found) == 1:
        return found[0]
    if found:
        raise ValueError(
            f"`data_dir={data_dir}` holds {count_of(len(found), 'file')} "
            f"called {SCENES}, the first are {found[0]} and {found[1]}: give "
            "the folder of one archive."
        )
    raise ValueError(
        f"`data_dir={data_dir}` holds no {SCENES}, which says what is "
        "outdoors: restore it from the archive, or give the names of the "
        "outdoor images, one a line, as `file_list=FILE`."
    )


_PLACE = {"name": "ade20k_outdoor", "find": find}
ADE20K_OUTDOOR = dataclasses.replace(
    ade20k.ADE20K,
    variants={"ade_label_shift": dataclasses.replace(ade20k.SHIFTED, **_PLACE)},
    **_PLACE,
)
