"""Documents made to cost a server much more than they cost who sends them."""

from graphql import get_introspection_query

_DOUBLED = " ".join(f"fragment f{n} on Viewer {{ ...f{n + 1} ...f{n + 1} }}" for n in range(100))
_DEEP_FIELDS = "awards { nodes { member { " * 60 + "id" + " } } }" * 60
_SAME = " ".join("viewer { kind partner { code name } }" for _ in range(150))
_SPREAD_SAME = " ".join(
    f"fragment s{n} on Query {{ viewer {{ kind partner {{ code }} }} }}" for n in range(120)
)

ATTACKS = {
    "fragments that double a hundred times": (
        "{ viewer { ...f0 } } " + _DOUBLED + " fragment f100 on Viewer { kind }"
    ),
    "fragments in a circle": (
        "{ viewer { ...a } } fragment a on Viewer { ...b ...b } fragment b on Viewer { ...a ...a }"
    ),
    "a fragment inside itself": "{ ...a } fragment a on Query { viewer { kind } ...a ...a ...a }",
    "fields 190 deep": "{ " + "viewer { partner { " * 94 + "code" + " } }" * 94 + " }",
    "fields 5000 deep": "{ " + "viewer { " * 5000 + "kind" + " }" * 5000 + " }",
    "lists in lists": '{ member(ref: {card: "1"}) { ' + _DEEP_FIELDS + " } }",
    "150 fields of one name": "{ " + _SAME + " }",
    "120 fragments of one field": (
        "{ " + " ".join(f"...s{n}" for n in range(120)) + " } " + _SPREAD_SAME
    ),
    "400 aliases": "{ " + " ".join(f"a{n}: viewer {{ kind }}" for n in range(400)) + " }",
    "900 directives": "{ viewer { kind " + "@skip(if: false) " * 300 + "} }",
    "unknown directives": "{ viewer { kind " + "@x " * 900 + "} }",
    "a list of 1900 values": "{ node(id: [" + "1 " * 1900 + "]) { id } }",
    "lists 190 deep": "{ node(id: " + "[" * 190 + "]" * 190 + ") { id } }",
    "a text of 40 kB": '{ node(id: "' + "x" * 40_000 + '") { id } }',
    "a text of 90 kB": '{ node(id: "' + "x" * 90_000 + '") { id } }',
    "a block of 90 kB": '{ node(id: """' + "\n x" * 30_000 + '""") { id } }',
    "an object of 600 fields": (
        "mutation { redeemPoints(input: {" + " ".join(f"f{n}: 1" for n in range(600))
        + "}) { replayed } }"
    ),
    "objects in objects 180 deep": "{ node(id: " + "{a: " * 180 + "1" + "}" * 180 + ") { id } }",
    "an argument 600 times": (
        "{ viewer { kind @skip(" + " ".join("if: true" for _ in range(600)) + ") } }"
    ),
    "230 wrong values": (
        "mutation { enrolMember(input: {identifiers: [" + "{kind: CRD, value: 1} " * 230
        + "]}) { replayed } }"
    ),
    "a type 180 lists deep": (
        "query ($a: " + "[" * 180 + "Int" + "]" * 180 + ") { viewer { kind } }"
    ),
    "twenty operations of one name": " ".join("query q { viewer { kind } }" for _ in range(20)),
    "a name of 40 kB": "{ " + "a" * 40_000 + " }",
    "fragments that all spread all": "{ "
    + " ".join(f"...p{n}" for n in range(24)) + " } "
    + " ".join(
        f"fragment p{n} on Query {{ viewer {{ {' '.join(f'...v{m}' for m in range(24))} }} }}"
        for n in range(24)
    ) + " ".join(
        f" fragment v{n} on Viewer {{ partner {{ code name }} }}" for n in range(24)
    ),
    "a text of 2 MB": '{ node(id: "' + "x" * 2_000_000 + '") { id } }',
    "a comment of 2 MB": "{ viewer { kind } } #" + "x" * 2_000_000,
    "500 variables": (
        "query (" + " ".join(f"$v{n}: Int" for n in range(500)) + ") { viewer { kind } }"
    ),
    "200 operations": " ".join(f"query q{n} {{ viewer {{ kind }} }}" for n in range(200)),
    "types of types": (
        "{ __schema { types { " + "fields { type { " * 3 + "name" + " } }" * 3 + " } } }"
    ),
    "five introspections": (
        "{ " + " ".join(
            f"i{n}: __schema {{ types {{ fields {{ args {{ name type {{ name }} }} }} }} }}"
            for n in range(40)
        ) + " }"
    ),
    "twenty mutations": (
        "mutation ($i: ReleaseHoldInput!) { "
        + " ".join(f"m{n}: releaseHold(input: $i) {{ replayed }}" for n in range(20)) + " }"
    ),
    "unknown fields": "{ " + " ".join(f"x{n}" for n in range(1900)) + " }",
    "unknown fields of objects": "{ viewer { " + " ".join(f"knd{n}" for n in range(1500)) + " } }",
    "unknown fragments": "{ " + " ".join(f"...x{n}" for n in range(900)) + " }",
    "unused fragments": "{ viewer { kind } } "
    + " ".join(f"fragment u{n} on Viewer {{ kind }}" for n in range(250)),
    "thirty times thirty of one name": (
        "{ " + ("viewer { " + "partner { code } " * 30 + "} ") * 12 + "}"
    ),
    "fragments of one name inside each other": "{ "
    + " ".join(f"...p{n}" for n in range(28)) + " } "
    + " ".join(
        f"fragment p{n} on Query {{ viewer {{ ...v{n % 12} ...v{(n + 1) % 12} }} }}"
        for n in range(28)
    ) + " ".join(
        f" fragment v{n} on Viewer {{ partner {{ code name currency }} member {{ id }} }}"
        for n in range(12)
    ),
    "unknown types": "{ " + " ".join(f"... on Viewr{n} {{ kind }}" for n in range(400)) + " }",
}  # fmt: skip
PLAIN = "query ($id: ID!) { node(id: $id) { id ... on Award { points state } } }"
INTROSPECTION = get_introspection_query()
