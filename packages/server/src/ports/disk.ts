/** The disk of this machine that a store writes to. */
export interface Disk {
  /** Call it before so many bytes are added, never before bytes are removed. @throws RegistryError `storageFull` */
  take(bytes: number): Promise<void>
  /** Call it before so many bytes begin to come. Nothing is taken yet. @throws RegistryError `storageFull` */
  require(bytes: number): Promise<void>
}
