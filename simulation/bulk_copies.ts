/**
 * Counts the bytes that this thread copies in bulk: by `set`, `slice` and `copyWithin` of typed arrays, and by making a
 * `Uint8Array` of another one. Copies that stand-ins make for the native library and for kernels are among them.
 *
 * @module
 */

/** What all typed arrays have. */
const { prototype }: { readonly prototype: Uint8Array } = Object.getPrototypeOf(Uint8Array);

/** Counts from when it is made until it is disposed of; one at a time. */
export class BulkCopies implements Disposable {
  /** Bytes copied so far. */
  bytes = 0;
  readonly #undo: () => void;

  constructor() {
    const { set, slice, copyWithin } = prototype;
    const { Uint8Array: bytesClass } = globalThis;
    const count = (bytes: number) => this.bytes += bytes;
    prototype.set = function (from, at) {
      count(from.length * this.BYTES_PER_ELEMENT);
      set.call(this, from, at);
    };
    prototype.slice = function (start, end) {
      const copy = slice.call(this, start, end);
      count(copy.byteLength);
      return copy;
    };
    prototype.copyWithin = function (target, start, end) {
      count(((end ?? this.length) - start) * this.BYTES_PER_ELEMENT);
      return copyWithin.call(this, target, start, end);
    };
    const counting: Uint8ArrayConstructor = new Proxy(bytesClass, {
      construct: (target, args, made): object => {
        if (ArrayBuffer.isView(args[0])) count(args[0].byteLength);
        return Reflect.construct(target, args, made === counting ? target : made);
      },
    });
    globalThis.Uint8Array = counting;
    this.#undo = () => {
      Object.assign(prototype, { set, slice, copyWithin });
      globalThis.Uint8Array = bytesClass;
    };
  }

  [Symbol.dispose](): void {
    this.#undo();
  }
}
