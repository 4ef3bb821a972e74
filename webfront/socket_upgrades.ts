/**
 * Which request becomes which WebSocket: the site upgrades it itself, by `Deno.upgradeWebSocket`.
 *
 * @module
 */

/** Is told when its request is upgraded; neither method throws. */
export interface Upgradable {
  /** The site is about to upgrade it. */
  beforeUpgrade(): void;
  /** It has become a WebSocket, which the site has not seen yet. */
  upgraded(upgrade: Deno.WebSocketUpgrade): void;
}

/** An upgrade that nobody was told of: the site handed over something else than its request. */
export interface Unclaimed {
  readonly upgrade: Deno.WebSocketUpgrade;
  /** Of what it handed over: the platform forgets those of the request. */
  readonly headers: Headers | undefined;
}

/** Who is told of upgrades. */
export interface SocketUpgrades {
  /** Finds who is told; `undefined` for anything that is no request under way. */
  find: (request: unknown) => Upgradable | undefined;
  /** By the response of each. */
  readonly unclaimed: WeakMap<Response, Unclaimed>;
}

type UpgradeWebSocket = typeof Deno.upgradeWebSocket;

const { apply } = Reflect;

/**
 * Puts itself between the site and `Deno.upgradeWebSocket`, which stays the same in every other respect. To be
 * called before the site's modules are loaded: they may keep the function.
 */
export function watchUpgrades(): SocketUpgrades {
  const upgrades: SocketUpgrades = { find: () => undefined, unclaimed: new WeakMap() };
  const watched = (platform: UpgradeWebSocket) =>
    new Proxy(platform, {
      apply(target, self, args: Parameters<UpgradeWebSocket>) {
        const request = upgrades.find(args[0]);
        request?.beforeUpgrade();
        const headers = request === undefined ? copyOfHeaders(args[0]) : undefined;
        const upgrade = apply(target, self, args);
        if (request === undefined) upgrades.unclaimed.set(upgrade.response, { upgrade, headers });
        else request.upgraded(upgrade);
        return upgrade;
      },
    });
  const name = "upgradeWebSocket";
  const platform = Object.getOwnPropertyDescriptor(Deno, name);
  const plain = { writable: true, enumerable: true, configurable: true };
  const become = (value: unknown) => void Object.defineProperty(Deno, name, { ...plain, value });
  Object.defineProperty(Deno, name, {
    // The platform loads it when it is first asked for, and most sites never ask.
    get() {
      const value = watched(platform?.value ?? platform?.get?.call(Deno));
      become(value);
      return value;
    },
    set: become,
    enumerable: true,
    configurable: true,
  });
  return upgrades;
}

/** The headers of a request, or of what a site takes for one; `undefined` when they cannot be read. */
export function copyOfHeaders(request: Request): Headers | undefined {
  try {
    return new Headers(request.headers);
  } catch {
    return undefined;
  }
}
