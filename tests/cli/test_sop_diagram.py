"""`caseway sop diagram` as a coordinator uses it."""

import pytest
from typer.testing import CliRunner

import api.graphviz
from cli.folders import SHIPPED
from cli.sop import app

runner = CliRunner()


def test_a_picture_goes_into_a_file(tmp_path):
    out = tmp_path / "return.svg"
    done = runner.invoke(app, ["diagram", "--sop", "return", "-o", str(out)])
    assert done.exit_code == 0, done.output
    assert out.read_text().startswith("<svg ")
    assert 'id="s.return.travelling"' in out.read_text()


@pytest.mark.parametrize(
    ("form", "first"), [("dot", "digraph"), ("mermaid", "stateDiagram-v2"), ("text", "Identification")]
)
def test_the_text_forms_are_printed(form, first):
    done = runner.invoke(app, ["diagram", str(SHIPPED / "trm"), "--format", form])
    assert done.exit_code == 0
    assert done.output.startswith(first)


def test_a_country_is_drawn_as_it_has_the_procedure():
    said = {
        name: runner.invoke(app, ["diagram", "--format", "text", *arguments]).output
        for name, arguments in {"base": [], "rs": ["--overlay", "RS"]}.items()
    }
    assert said["rs"] != said["base"]
    assert runner.invoke(app, ["diagram", "--overlay", "rss"]).exit_code == 2


def test_without_a_drawing_program_it_says_what_to_install(monkeypatch):
    monkeypatch.setattr(api.graphviz.shutil, "which", lambda *_, **__: None)
    done = runner.invoke(app, ["diagram"])
    assert done.exit_code == 2
    assert done.output.startswith("drawing_unavailable: There is no drawing program on this machine.")
    assert len(done.output.splitlines()) == 1


def test_a_misspelt_sop_is_met_with_the_nearest(tmp_path):
    done = runner.invoke(app, ["diagram", "--sop", "retrun"])
    assert done.exit_code == 2
    assert "Did you mean ‘return’?" in done.output
    assert runner.invoke(app, ["diagram", str(tmp_path / "nowhere")]).exit_code == 2
    (tmp_path / "procedure.yaml").write_text("procedure: x\n")
    broken = runner.invoke(app, ["diagram", str(tmp_path)])
    assert broken.exit_code == 1
    assert "missing-key" in broken.output


def test_what_cannot_be_written_is_said_in_one_sentence(tmp_path):
    done = runner.invoke(app, ["diagram", "--format", "text", "-o", str(tmp_path / "no" / "file")])
    assert done.exit_code == 2
    assert done.output == "Cannot write file: No such file or directory.\n"
