export interface PlantedFault {
  readonly name: string;
  readonly file: string;
  readonly find: string;
  readonly replace: string;
}
export const FAULTS: readonly PlantedFault[] = [];
