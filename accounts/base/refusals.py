"""What a verb says when it will not."""

from django.utils.functional import Promise


class Refusal(Exception):
    """A verb's refusal: a stable `code` for programs and one sentence for a person.

    The API answers `status` with both; the admin shows the sentence. A subclass stands beside the verb that raises it
    and gives `code`, `sentence` and, where 400 is not right, `status`. `field` names the input that is to blame, and
    `extra` holds what a program needs to go on (ids, never text about people). A verb that finds several things wrong
    says all of them in `errors`: by field, each with `code` and `detail`.
    """

    code: str = "refused"
    sentence: str | Promise = ""
    status: int = 400
    field: str | None = None
    errors: dict[str, list[dict[str, str]]] | None = None

    def __init__(self, sentence: str | Promise = "", *, field: str | None = None, **extra: object) -> None:
        self.sentence = sentence or self.sentence
        self.field = field or self.field
        self.extra = extra
        super().__init__(str(self.sentence))
