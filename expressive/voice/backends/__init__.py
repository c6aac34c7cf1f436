"""What turns text into neutral sound: one file each, behind the interface in :mod:`.base`."""
