from spinfer.inference.engine.sampling import Draw, Greedy, Penalties, Temperature, TopK, TopP, stages
from spinfer.inference.types import SamplingParams


def test_spins_defaults_in_llama_cpps_order() -> None:
    assert stages(SamplingParams(), 9, vocabulary=1000, context=512) == (
        Penalties(64, 1.1),
        TopK(40),
        TopP(0.9),
        Temperature(0.8),
        Draw(9),
    )


def test_greedy_needs_no_draw() -> None:
    params = SamplingParams(temperature=0)
    assert stages(params, 9, vocabulary=1000, context=512) == (Penalties(64, 1.1), Greedy())
    assert stages(SamplingParams(temperature=-1, repeat_penalty=0), 9, vocabulary=9, context=9) == (Greedy(),)


def test_what_is_off_is_left_out() -> None:
    params = SamplingParams(repeat_penalty_last_n_token_count=0, top_k=0, top_p=1)
    assert stages(params, 9, vocabulary=1000, context=512) == (Temperature(0.8), Draw(9))


def test_what_exceeds_the_model_is_cut_to_it() -> None:
    huge = 2**32 - 1
    params = SamplingParams(repeat_penalty_last_n_token_count=huge, top_k=huge)
    found = stages(params, 9, vocabulary=1000, context=512)
    assert found == (Penalties(512, 1.1), TopP(0.9), Temperature(0.8), Draw(9))


def test_the_seed_that_llama_cpp_takes_for_a_random_one_is_avoided() -> None:
    (*_, draw) = stages(SamplingParams(), 2**32 - 1, vocabulary=10, context=10)
    assert draw == Draw(0)
