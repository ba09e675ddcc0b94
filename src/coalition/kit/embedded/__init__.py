"""A PostgreSQL server that comes with the program: started on first use, shared, stopped after.

What it is: a supervisor. It finds PostgreSQL's programs, creates one data folder, starts one
server on it, lets any number of our processes share that server, and stops it when the last
of them has left.

What it is not: a connection pool, a schema, or a way to run in production. It never listens on
the network, is not watched while nobody uses it, and is not upgraded from one major version
to the next. Who has a PostgreSQL of their own sets COALITION_DATABASE_URL and needs none of this.

What bounds it: everything lives in `<root>/<name>`, and no file or folder outside is changed,
except a user called `coalition` (only for root, since PostgreSQL refuses to run as root), a
readable copy of the programs in `<root>/pg` where that user cannot reach the installed ones, and
a short folder for the socket where the path is longer than a socket may have. Whoever can become
root or the server's user is its superuser; nobody else can connect.
"""

from coalition.kit.embedded.cluster import EmbeddedCluster
from coalition.kit.embedded.errors import EmbeddedDatabaseError
from coalition.kit.embedded.places import default_root

__all__ = ["EmbeddedCluster", "EmbeddedDatabaseError", "default_root"]
