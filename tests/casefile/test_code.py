"""A case's code is the same for the same seed, says nothing, and notices a slip of the pen."""

from casefile.code import _ALPHABET, is_case_id, new_case_id

SECRET = b"s" * 32


def test_the_same_seed_gives_the_same_code_and_another_secret_another() -> None:
    assert new_case_id(SECRET, "anna\nkey-1") == new_case_id(SECRET, "anna\nkey-1")
    assert new_case_id(SECRET, "anna\nkey-1") != new_case_id(SECRET, "anna\nkey-2")
    assert new_case_id(SECRET, "anna\nkey-1") != new_case_id(b"t" * 32, "anna\nkey-1")


def test_codes_are_many_and_all_valid() -> None:
    codes = {new_case_id(SECRET, str(number)) for number in range(20_000)}
    assert len(codes) == 20_000
    assert all(is_case_id(code) and len(code) == 11 for code in codes)


def test_every_wrong_character_and_every_swap_is_noticed() -> None:
    for number in range(20):
        code = new_case_id(SECRET, str(number))
        for place in range(11):
            for other in _ALPHABET:
                changed = code[:place] + other + code[place + 1 :]
                assert is_case_id(changed) == (changed == code)
            for second in range(place + 1, 11):
                letters = list(code)
                letters[place], letters[second] = letters[second], letters[place]
                assert is_case_id("".join(letters)) == (code[place] == code[second])


def test_other_text_is_no_code() -> None:
    code = new_case_id(SECRET, "1")
    for text in ("", code.lower() + "x", code + "0", code[:-1], "ÀÀÀÀÀÀÀÀÀÀÀ", "\0" * 11, "../../../etc"):
        assert not is_case_id(text)
