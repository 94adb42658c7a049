"""What happens to embeddings when faces are decoded, altered, averaged, attacked and modified.

    python -m benchmarks.laboratory [PART ...] [--corpus DIR] [--work DIR] [--set SET ...] [--encoder ID ...]

Parts: decoder, geometry, templates, attacks, modification; all if none is named. The rest of the results stays as it
was measured last. What was seen, attacked and judged lies in --work and is not made again, so that a part that was
stopped goes on. With --set, --encoder or --generated nothing is written. Every part runs the commands of the program,
and takes its numbers from their records; beside each headline stand its interval, its set, its encoder, its command,
and where a threshold takes part, how many pairs of strangers of the same set pass it.

`decoder` holds the four decoders against the corpus's test split, openpeople and ORL, as `likeness evaluate decoder`:
`decoder_psnr_gain_db` and `decoder_lpips_gain` over the mean face on the corpus, whole frame, and `decode_ms`; the
nearest corpus face and the central face stand beside. `geometry` rotates, shifts and scales one photograph of each pair
of ORL and openpeople under every shipped encoder, as `likeness lab geometry`: `tar_upright`, `tar_rotated` by 30
degrees, and `tar_rotated_mapped` by maps of other people's photographs, of ORL; maps of generated faces beside, which
are seen for the first set alone; faces that are found and aligned again for the alterations of table 2.
`templates` averages photographs as `likeness lab templates`: `tar_template_1` and `tar_template_10`, of openpeople.
`attacks` is FGSM at 8/255 as `likeness lab attack --set`: `attack_success` and, behind the decoder,
`attack_success_defended`, of ORL; JPEG, blur and attacks that know the defence beside. `modification` takes gender out
of embeddings: `gender_after_modification` by probes trained afresh on the corpus, `tar_after_modification` on ORL.

Headlines are of arcface-mbf; the other encoders' figures lie beside them. `decoder` and `modification` need a corpus
(`likeness train corpus`) and what `likeness train decoder` and `likeness train modification` have made.
How far a command is, is printed every half a minute.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable
from pathlib import Path

from benchmarks.common import Part, write_part
from benchmarks.laboratory_faces import measure_attacks, measure_geometry, measure_templates
from benchmarks.laboratory_kit import Plan, told_in_lines
from benchmarks.laboratory_trained import measure_decoder, measure_modification
from explorer.studio.places import cache, private_folder

# In the order in which the results list them.
FIGURES = (
    *("decoder_psnr_gain_db", "decoder_lpips_gain", "decode_ms"),
    *("tar_rotated", "tar_rotated_mapped", "tar_upright"),
    *("tar_template_1", "tar_template_10"),
    *("gender_after_modification", "tar_after_modification"),
    *("attack_success", "attack_success_defended"),
)
PARTS: dict[str, Callable[[Plan], Part]] = {
    "decoder": measure_decoder,
    "geometry": measure_geometry,
    "templates": measure_templates,
    "attacks": measure_attacks,
    "modification": measure_modification,
}


def main() -> None:
    """Measure the parts that are named, or all."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("parts", nargs="*", metavar="PART", help=", ".join(PARTS))
    parser.add_argument("--corpus", type=Path, help="folder of the corpus whose test split is judged")
    parser.add_argument("--work", type=Path, help="where results are kept [default: in the cache]")
    parser.add_argument("--set", action="append", default=[], help="only this set; nothing is written")
    parser.add_argument("--encoder", action="append", default=[], help="only this one; nothing is written")
    parser.add_argument("--generated", type=int, help="faces that maps are fitted on; nothing is written")
    given = parser.parse_args()
    chosen = given.parts or list(PARTS)
    if unknown := [name for name in chosen if name not in PARTS]:
        parser.error(f"{', '.join(unknown)}: the parts are {', '.join(PARTS)}")
    work = private_folder(given.work or cache() / "benchmarks" / "laboratory")
    for name in chosen:
        folder = private_folder(work / name)
        plan = Plan(folder, given.corpus, tuple(given.set), tuple(given.encoder), given.generated)
        print(f"{name}…", flush=True)
        with told_in_lines():
            part = PARTS[name](plan)
        if not plan.trial:
            write_part("laboratory", FIGURES, name, part)


if __name__ == "__main__":
    main()
