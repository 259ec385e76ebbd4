/** Names by number, as in linux/capability.h of Linux 6; the order is that of the bits. */
const names = [
  'chown',
  'dac_override',
  'dac_read_search',
  'fowner',
  'fsetid',
  'kill',
  'setgid',
  'setuid',
  'setpcap',
  'linux_immutable',
  'net_bind_service',
  'net_broadcast',
  'net_admin',
  'net_raw',
  'ipc_lock',
  'ipc_owner',
  'sys_module',
  'sys_rawio',
  'sys_chroot',
  'sys_ptrace',
  'sys_pacct',
  'sys_admin',
  'sys_boot',
  'sys_nice',
  'sys_resource',
  'sys_time',
  'sys_tty_config',
  'mknod',
  'lease',
  'audit_write',
  'audit_control',
  'setfcap',
  'mac_override',
  'mac_admin',
  'syslog',
  'wake_alarm',
  'block_suspend',
  'audit_read',
  'perfmon',
  'bpf',
  'checkpoint_restore',
] as const;

/** bytes of `struct vfs_cap_data` by its revision */
const sizes: Readonly<Record<number, number>> = { 1: 12, 2: 20, 3: 24 };

/**
 * The capabilities that a file permits to whom runs it (`security.capability`, struct vfs_cap_data of linux/capability.h, revisions 1 to 3),
 * as `cap_net_raw`, in the order of their bits; a bit without a name is `cap_63`. Undefined when the attribute is none of these, or empty.
 */
export function permittedBy(attribute: Buffer): readonly string[] | undefined {
  if (attribute.length < 12) return undefined;
  const revision = attribute.readUInt32LE(0) >>> 24;
  if (sizes[revision] !== attribute.length) return undefined;
  const low = attribute.readUInt32LE(4);
  const high = revision === 1 ? 0 : attribute.readUInt32LE(12);
  const permitted: string[] = [];
  for (let bit = 0; bit < 64; bit += 1) {
    const word = bit < 32 ? low : high;
    if ((word >>> (bit % 32)) & 1) permitted.push(`cap_${names[bit] ?? bit}`);
  }
  return permitted.length === 0 ? undefined : permitted;
}
