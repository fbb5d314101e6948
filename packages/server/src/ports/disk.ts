/** The disk of this machine that a store writes to. */
export interface Disk {
  /** To be asked before so many bytes are added. What takes away is never asked. @throws RegistryError `storageFull` */
  take(bytes: number): Promise<void>
  /** The same before so many bytes begin to come. Nothing is taken yet. @throws RegistryError `storageFull` */
  require(bytes: number): Promise<void>
}
