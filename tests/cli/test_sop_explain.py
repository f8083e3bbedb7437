"""`caseway sop explain` and `caseway sop schema` as a coordinator uses them."""

import json
import re

import pytest
from typer.testing import CliRunner

from cli.sop import app
from workshop.files import FILES
from workshop.registry import page_of
from workshop.schemas import schema_of

runner = CliRunner()


def test_a_key_is_explained():
    done = runner.invoke(app, ["explain", "state.stalled-after"])
    assert done.exit_code == 0
    assert done.output == (
        "stalled-after, in: state\n"
        "  so long without movement counts as stuck\n"
        "  holds: duration\n"
        "  must be there: no\n"
        "  since: 0.1\n"
        "  stands in: <sop>.yaml: states.<name>\n"
        "  example: stalled-after: 7 days\n"
    )


def test_a_part_is_explained_with_its_keys():
    done = runner.invoke(app, ["explain", "clock"])
    assert done.exit_code == 0
    assert done.output.startswith("clock\n")
    assert re.search(r"\n  title \* +as people read it\n", done.output)


def test_without_a_word_everything_is_listed():
    done = runner.invoke(app, ["explain"])
    assert done.exit_code == 0
    assert "transition: title, from, to, by" in done.output


def test_a_misspelt_word_is_met_with_the_nearest():
    done = runner.invoke(app, ["explain", "stalled-afer"])
    assert done.exit_code == 2
    assert "Did you mean ‘stalled-after’?" in done.output


def test_a_code_of_the_check_is_explained_by_its_page():
    done = runner.invoke(app, ["explain", "stuck-state"])
    assert done.exit_code == 0
    assert done.output == page_of("stuck-state")
    assert done.output.startswith("stuck-state\n\nA state from which")


def test_a_word_that_is_a_key_and_a_code_is_explained_as_both():
    done = runner.invoke(app, ["explain", "at-end"])
    assert done.exit_code == 0
    assert "\nat-end, in: clock\n" in done.output
    assert done.output.endswith(page_of("at-end"))


@pytest.mark.parametrize(("slip", "meant"), [("stuck-sate", "stuck-state"), ("stalled-aftr", "stalled-after")])
def test_what_is_meant_may_be_a_key_or_a_code(slip, meant):
    done = runner.invoke(app, ["explain", slip])
    assert done.exit_code == 2
    assert f"Did you mean ‘{meant}’?" in done.output


def test_a_schema_is_printed_and_all_are_written(tmp_path):
    done = runner.invoke(app, ["schema", "sop"])
    assert done.exit_code == 0
    assert json.loads(done.output) == schema_of("sop")
    assert runner.invoke(app, ["schema", "--out", str(tmp_path)]).exit_code == 0
    assert {path.name for path in tmp_path.iterdir()} == {f"{kind}.schema.json" for kind in FILES}
    listed = runner.invoke(app, ["schema"])
    assert "sop: <sop>.yaml\n" in listed.output


def test_an_unknown_kind_of_file_is_met_with_the_nearest(tmp_path):
    done = runner.invoke(app, ["schema", "scenarios"])
    assert done.exit_code == 2
    assert "Did you mean ‘scenario’?" in done.output


def test_a_folder_is_made_for_the_schemas_where_that_can_be(tmp_path):
    assert runner.invoke(app, ["schema", "--out", str(tmp_path / "new" / "schema")]).exit_code == 0
    assert json.loads((tmp_path / "new" / "schema" / "sop.schema.json").read_text()) == schema_of("sop")
    (tmp_path / "file").write_text("")
    done = runner.invoke(app, ["schema", "--out", str(tmp_path / "file")])
    assert (done.exit_code, done.output) == (2, "Cannot make the folder file: File exists.\n")
