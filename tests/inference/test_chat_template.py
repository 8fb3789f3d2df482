from __future__ import annotations

import pytest

from spinfer.inference.chat_template import BadTemplate, ChatTemplate

CHATML = (
    "{%- for m in messages -%}<|im_start|>{{ m.role }}\n{{ m['content'] }}<|im_end|>\n{%- endfor -%}\n"
    "{%- if add_generation_prompt %}<|im_start|>assistant\n{% endif %}"
)


def template(source: str, *, adds_bos: bool = False) -> ChatTemplate:
    return ChatTemplate(source, bos="<s>", eos="</s>", adds_bos=adds_bos)


def test_one_message_of_a_user_up_to_the_answer() -> None:
    rendered = template(CHATML).render("Hi {{ 7 * 7 }} <b>")
    assert rendered == "<|im_start|>user\nHi {{ 7 * 7 }} <b><|im_end|><|im_start|>assistant\n"


def test_a_bos_that_the_tokenizer_adds_is_taken_off() -> None:
    source = "{{ bos_token }}[INST] {{ messages[0].content }} [/INST]{{ eos_token }}"
    assert template(source).render("x") == "<s>[INST] x [/INST]</s>"
    assert template(source, adds_bos=True).render("<s>x") == "[INST] <s>x [/INST]</s>"


def test_what_templates_use() -> None:
    source = (
        "{% for m in messages %}{% if loop.index > 1 %}{% break %}{% endif %}"
        "{% set ns = namespace(n=1) %}{% set ns.n = ns.n + 1 %}{{ ns.n }}{{ m | tojson }}{% endfor %}"
        "{{ strftime_now('%Y') | length }}{{ tools is defined }}"
    )
    assert template(source).render("ä<'") == '2{"role": "user", "content": "ä<\'"}4False'


@pytest.mark.parametrize(
    ("source", "reason"),
    [
        ("{% for %}", "Expected"),
        ("{{ raise_exception('only with a system message') }}", "only with a system message"),
        ("{{ messages[0].content.nothing.at.all }}", "no attribute"),
        ("{{ messages + 1 }}", "concatenate"),
        ("{{ 1 // 0 }}", "by zero"),
        ("{{ ''.__class__.__mro__ }}", "unsafe"),
        ("{{ messages.append(1) }}", "unsafe|not safely callable"),
        ("{% for n in range(10**9) %}{% endfor %}", "too big"),
    ],
)
def test_a_template_that_cannot_be_used_says_so_at_once(source: str, reason: str) -> None:
    with pytest.raises(BadTemplate, match=reason):
        template(source)


def test_a_template_that_fails_on_one_message_only() -> None:
    fussy = template("{% if 'x' in messages[0].content %}{{ raise_exception('no x') }}{% endif %}ok")
    assert fussy.render("a") == "ok"
    with pytest.raises(BadTemplate, match="no x"):
        fussy.render("x")
