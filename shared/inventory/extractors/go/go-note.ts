/** By whom the note is that Go's linker puts in front of its programs, in the first bytes of an ELF file. */
export const goNote = Buffer.from('Go\0\0', 'latin1');
