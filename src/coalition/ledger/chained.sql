-- The hashes of several entries of a member, each over the one before it: as a window, in order.
CREATE AGGREGATE books.chained(bytea, text) (
  SFUNC = books.chain_entry, STYPE = bytea
)
