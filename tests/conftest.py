"""What all tests share."""

from hypothesis import settings

# The machines that run the tests may be busy: how long an example takes is no criterion.
settings.register_profile("steady", deadline=None)
settings.load_profile("steady")
