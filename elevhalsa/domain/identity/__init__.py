"""Who a pupil said to be by e-ID: one row a login, which a knock may point at.

Optional, always: nothing here is needed in order to knock, and an e-ID never opens a knock of
before, since guardians can hold a child's e-ID.
"""
