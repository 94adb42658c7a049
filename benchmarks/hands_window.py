"""Cases of the window: tests of the suite that drive a real window with real events, each under its sentence."""

from __future__ import annotations

import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from xml.etree import ElementTree

from benchmarks.hands_kit import ROOT

KIND = "window"
# By sentence, the function of a test; of a test with parameters, all of them.
TESTS: dict[str, str] = {
    sentence: f"{file}::{name}"
    for file, named in {
        "tests/ui/inversion/test_target.py": {
            "another face that is opened or chosen after a run is next, and not the target": (
                "test_another_face_that_is_opened_or_selected_is_next_and_not_the_target"
            ),
            "a run of an opened session has its own target": "test_after_a_session_was_opened_the_run_has_its_target",
        },
        "tests/ui/faces/test_settings_from_figure.py": {
            "settings of a figure include the weights that were changed during its run": (
                "test_what_happened_during_its_run_is_said_taken_and_can_be_left_out"
            ),
        },
        "tests/ui/inversion/test_race.py": {
            "starts are drawn as they come, losers fade": "test_losers_fade_and_the_one_ahead_is_framed",
            "the contest of starts lies before step 0 in both plots": (
                "test_the_contest_lies_before_step_0_in_both_plots"
            ),
            "one progress bar for the whole run never runs back": "test_one_bar_for_the_whole_run_never_runs_back",
        },
        "tests/ui/inversion/test_looking.py": {
            "the wheel zooms all three pictures at the pointer": (
                "test_the_wheel_zooms_all_three_at_the_pointer_and_a_double_click_shows_all"
            ),
            "one picture fills the window, and Esc leads back and cancels nothing": (
                "test_one_picture_fills_the_window_and_escape_leads_back_and_cancels_nothing"
            ),
            "target and result blink in one place while a key is held": (
                "test_the_target_is_in_the_place_of_the_result_while_a_key_is_held"
            ),
        },
        "tests/ui/inversion/test_run_curves.py": {
            "changed weights and the change to 512 px are marked in the curves": (
                "test_changed_weights_and_the_change_to_512_px_are_marked"
            ),
            "distances lie by an axis of their own": (
                "test_every_encoder_has_its_threshold_and_distances_lie_by_the_axis_at_the_right"
            ),
            "the total loss of runs with other weights is not offered for comparison": (
                "test_the_total_is_not_offered_where_weights_differ"
            ),
            "the plots of the runs are wide enough to be read": (
                "test_the_plots_of_the_runs_are_wide_enough_to_be_read"
            ),
        },
        "tests/ui/gallery/test_room.py": {
            "no number of a comparison is elided": (
                "test_no_number_of_a_comparison_is_cut_and_the_whole_number_is_said"
            ),
            "the caveat of t-SNE is whole": "test_the_caveat_of_t_sne_is_never_cut",
        },
        "tests/ui/window/test_drops.py": {
            "a picture of the window that is dropped on it opens nothing": (
                "test_a_picture_of_the_window_that_is_dropped_on_it_opens_and_asks_nothing"
            ),
        },
        "tests/ui/window/test_small_screens.py": {
            "every layout with every panel fits 960 by 520, at 100 and 150 % text": (
                "test_every_layout_with_every_panel_fits_with_runs_ticked_and_a_gallery"
            ),
            "every dialog fits 960 by 520": "test_every_dialog_fits",
            "nothing flashes up as a window of its own": (
                "test_nothing_is_shown_as_a_window_of_its_own_from_the_start_through_every_layout_and_panel"
            ),
            "text at 150 % is not clipped": "test_text_of_any_size_leaves_no_button_and_no_field_lower_than_its_words",
            "panels stand in the order of their keys": "test_panels_stand_in_the_order_of_their_keys",
        },
        "tests/ui/window/test_keyboard.py": {
            "the wheel over a slider that is not chosen changes nothing": (
                "test_the_wheel_over_what_is_not_chosen_changes_nothing"
            ),
            "Ctrl+F6 passes every panel": "test_the_next_panel_is_every_panel_in_turn_and_then_the_first_again",
            "Tab reaches the loss sliders where they stand": (
                "test_tab_reaches_the_sliders_of_the_loss_where_they_stand"
            ),
            "the keyboard stays on Start": "test_the_keyboard_stays_on_start",
            "a floating dock comes back before the window": "test_a_floating_dock_comes_back_before_the_window",
        },
        "tests/ui/faces/test_face_list.py": {
            "a face has a menu with what can be done with it": (
                "test_the_menu_of_a_face_offers_what_can_be_done_with_it"
            ),
            "a face's tip says size, score and norms": "test_the_tip_says_size_score_and_norms",
            "a photograph has its row while it is being opened": (
                "test_a_photograph_has_its_row_while_it_is_being_opened"
            ),
            "points that are placed select their face": "test_points_that_are_placed_select_their_face",
            "a photograph without a face leaves the selection": (
                "test_a_photograph_without_a_face_leaves_the_face_before_selected_and_in_view"
            ),
            "what is not face-like is said": "test_what_is_not_face_like_is_badged_and_said",
        },
        "tests/ui/faces/test_opening.py": {
            "twenty dropped vectors ask once, for those that need it": (
                "test_of_twenty_dropped_embeddings_those_that_do_not_name_their_encoder_are_asked_for_once"
            ),
            "bad vectors among good ones are named in one message": (
                "test_bad_embeddings_are_named_in_one_message_and_the_others_are_opened"
            ),
            "a dropped photograph whose name is no UTF-8 is opened": (
                "test_a_dropped_photograph_whose_name_is_no_utf8_is_opened"
            ),
        },
        "tests/ui/session/test_recent.py": {
            "a saved session can be opened again from the menu": "test_a_session_that_was_saved_can_be_opened_again",
            "forgetting a face leaves no trace among recent files": (
                "test_forgetting_a_face_forgets_sessions_called_after_it_and_all_folders"
            ),
        },
        "tests/ui/help/test_log_panel.py": {
            "the log says what was opened, run and written": "test_it_says_what_was_opened_run_and_written",
            "a forgotten face leaves the log": "test_a_forgotten_face_leaves_the_log",
        },
        "tests/ui/leakage/test_probe_panel.py": {
            "a probe that is not clearly better than chance is grey and says so": (
                "test_what_is_not_clearly_better_than_chance_is_grey_and_says_so"
            ),
            "an edited photograph shows the cosine to the original": (
                "test_an_edited_photograph_shows_the_cosine_to_the_original"
            ),
        },
        "tests/ui/variation/test_variation_panel.py": {
            "variation shows its results one by one": "test_results_come_one_by_one_and_then_the_comparison",
        },
        "tests/ui/batch/test_batch_panel.py": {
            "a batch lists its files as they are done": (
                "test_files_are_listed_as_they_are_done_and_failures_are_named"
            ),
        },
        "tests/studio/gallery/test_reading_and_loading.py": {
            "what is said of a folder counts that folder alone": (
                "test_what_is_said_of_a_folder_counts_that_folder_alone"
            ),
            "chosen faces stay when a session with the same gallery is opened": (
                "test_faces_that_the_opened_session_has_too_stay_chosen_and_laid_out"
            ),
        },
    }.items()
    for sentence, name in named.items()
}


def try_tests(sentences: Sequence[str]) -> dict[str, str]:
    """Run the tests of some sentences in one process; what is wrong with each, empty where it is right.

    Args:
        sentences: of `TESTS`.
    """
    if not sentences:
        return {}
    names = {sentence: TESTS[sentence] for sentence in sentences}
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder) / "tests.xml"
        command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", f"--junitxml={report}"]
        done = subprocess.run(
            [*command, *sorted(set(names.values()))], cwd=ROOT, capture_output=True, text=True, check=False
        )
        if not report.exists():
            return dict.fromkeys(sentences, f"the tests did not run: {done.stdout[-300:]}{done.stderr[-300:]}")
        outcomes = _outcomes(report)
    # A test that is not there any more leaves its sentence unproven.
    return {sentence: outcomes.get(name, f"{name} did not run") for sentence, name in names.items()}


def _outcomes(report: Path) -> dict[str, str]:
    """What is wrong with each test, empty where it passed."""
    found: dict[str, str] = {}
    for test in ElementTree.parse(report).iter("testcase"):
        folder = str(test.get("classname")).replace(".", "/")
        name = f"{folder}.py::{str(test.get('name')).partition('[')[0]}"
        wrong = next((part for part in test if part.tag in ("failure", "error", "skipped")), None)
        said = "" if wrong is None else f"{wrong.tag}: {wrong.get('message') or ''}"[:300]
        found[name] = found.get(name) or said
    return found
