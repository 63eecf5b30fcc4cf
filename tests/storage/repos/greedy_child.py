"""Takes more memory than a look into history may."""

import resource

from storage.repos.past_child import MEMORY_BYTES

resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
print("+" + str(len(bytearray(2 * MEMORY_BYTES))))
