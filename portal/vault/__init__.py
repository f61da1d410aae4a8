"""The vault: files checked before anybody may read them, and kept enciphered."""
