/* What the generated JavaScript needs of Python: numbers, exact fractions, and arrays with NumPy's rules.
   Arithmetic only; no formula of any game is written here. */
"use strict";
var OB = typeof OB === "undefined" ? {} : OB;
OB.runtime = (() => {
  // Exact fractions
  const gcd = (a, b) => {
    a = a < 0n ? -a : a;
    while (b) [a, b] = [b, a % b];
    return a;
  };
  class Fraction {
    constructor(top, bottom = 1n) {
      if (bottom === 0n) throw new RangeError("division by zero");
      const d = gcd(top, bottom < 0n ? -bottom : bottom) || 1n;
      const sign = bottom < 0n ? -1n : 1n;
      this.top = (sign * top) / d;
      this.bottom = (sign * bottom) / d;
    }
    /** The shortest decimal of a number, exactly, as Python's Fraction(repr(x)). */
    static of(x) {
      if (x instanceof Fraction) return x;
      if (typeof x === "boolean") return new Fraction(x ? 1n : 0n);
      if (Number.isInteger(x) && Math.abs(x) < 1e15) return new Fraction(BigInt(x));
      const [digits, exponent = "0"] = String(x).split("e");
      const [whole, part = ""] = digits.split(".");
      const power = Number(exponent) - part.length;
      const top = BigInt(whole + part);
      return power >= 0 ? new Fraction(top * 10n ** BigInt(power)) : new Fraction(top, 10n ** BigInt(-power));
    }
    toNumber() {
      const direct = Number(this.top) / Number(this.bottom);
      const small = (n) => n < 2n ** 53n && n > -(2n ** 53n);
      if (small(this.top) && small(this.bottom)) return direct; // both exact, so rounded once
      if (this.top === 0n) return 0;
      const negative = this.top < 0n;
      let n = negative ? -this.top : this.top;
      let d = this.bottom;
      const bits = (v) => v.toString(2).length;
      let shift = 55 - (bits(n) - bits(d)); // a quotient of at least 55 bits
      if (shift >= 0) n <<= BigInt(shift);
      else d <<= BigInt(-shift);
      let q = n / d;
      if (n % d) q |= 1n; // sticky, so that the rounding of Number() is right
      while (q > 2n ** 60n) { q = (q >> 1n) | (q & 1n); shift -= 1; }
      const value = Number(q) * 2 ** -shift;
      return negative ? -value : value;
    }
    toString() {
      return this.bottom === 1n ? String(this.top) : `${this.top}/${this.bottom}`;
    }
  }
  const exactly = {
    add: (a, b) => new Fraction(a.top * b.bottom + b.top * a.bottom, a.bottom * b.bottom),
    sub: (a, b) => new Fraction(a.top * b.bottom - b.top * a.bottom, a.bottom * b.bottom),
    mul: (a, b) => new Fraction(a.top * b.top, a.bottom * b.bottom),
    div: (a, b) => new Fraction(a.top * b.bottom, a.bottom * b.top),
    lt: (a, b) => a.top * b.bottom < b.top * a.bottom,
    le: (a, b) => a.top * b.bottom <= b.top * a.bottom,
    gt: (a, b) => a.top * b.bottom > b.top * a.bottom,
    ge: (a, b) => a.top * b.bottom >= b.top * a.bottom,
    eq: (a, b) => a.top === b.top && a.bottom === b.bottom,
    ne: (a, b) => a.top !== b.top || a.bottom !== b.bottom,
  };

  // Arrays: row-major, always whole (an index makes a copy)
  const count = (shape) => {
    let size = 1;
    for (const n of shape) size *= n;
    return size;
  };
  class NDArray {
    constructor(shape, data) {
      this.shape = shape;
      this.data = data;
    }
    get length() { return this.shape[0]; }
    *[Symbol.iterator]() {
      for (let k = 0; k < this.shape[0]; k++) yield get(this, [k]);
    }
    copy() { return new NDArray(this.shape.slice(), this.data.slice()); }
    get T() {
      const [n, m] = this.shape;
      const data = [];
      for (let j = 0; j < m; j++) for (let i = 0; i < n; i++) data.push(this.data[i * m + j]);
      return new NDArray([m, n], data);
    }
    reduce(how, options) {
      if (options === undefined || options === null) return this.data.reduce(how);
      const axis = typeof options === "number" ? options : options.axis;
      const axes = (Array.isArray(axis) ? axis : [axis]).map((a) => (a < 0 ? a + this.shape.length : a));
      let result = this;
      for (const a of axes.slice().sort((x, y) => y - x)) {
        const outer = count(result.shape.slice(0, a)), n = result.shape[a], inner = count(result.shape.slice(a + 1));
        const data = [];
        for (let o = 0; o < outer; o++)
          for (let i = 0; i < inner; i++) {
            let value = result.data[o * n * inner + i];
            for (let k = 1; k < n; k++) value = how(value, result.data[(o * n + k) * inner + i]);
            data.push(value);
          }
        result = new NDArray([...result.shape.slice(0, a), ...result.shape.slice(a + 1)], data);
      }
      return result.shape.length ? result : result.data[0];
    }
    any(options) { return this.reduce((a, b) => a || b, options); }
    all(options) { return this.reduce((a, b) => a && b, options); }
    sum(options) { return this.reduce((a, b) => a + b, options); }
    max(options) { return this.reduce((a, b) => Math.max(a, b), options); }
    min(options) { return this.reduce((a, b) => Math.min(a, b), options); }
    nested() {
      const build = (axis, at) => {
        if (axis === this.shape.length) return this.data[at];
        const inner = count(this.shape.slice(axis + 1));
        return Array.from({ length: this.shape[axis] }, (_, k) => build(axis + 1, at + k * inner));
      };
      return build(0, 0);
    }
  }
  const isArray = (x) => x instanceof NDArray || Array.isArray(x);
  const asarray = (x) => {
    if (x instanceof NDArray) return x;
    if (!Array.isArray(x)) return new NDArray([], [x]);
    const parts = x.map(asarray);
    const shape = parts.length ? parts[0].shape : [];
    return new NDArray([x.length, ...shape], parts.flatMap((p) => p.data));
  };
  const broadcast = (shapes) => {
    const rank = Math.max(...shapes.map((s) => s.length)), result = new Array(rank).fill(1);
    for (const shape of shapes)
      for (let k = 0; k < shape.length; k++) {
        const axis = rank - shape.length + k, n = shape[k];
        if (n === 1) continue;
        if (result[axis] !== 1 && result[axis] !== n) throw new RangeError(`shapes ${JSON.stringify(shapes)} do not broadcast`);
        result[axis] = n;
      }
    return result;
  };
  const spread = (array, shape) => {
    if (array.shape.length === shape.length && array.shape.every((n, k) => n === shape[k])) return array.data;
    if (array.data.length === 1) return new Array(count(shape)).fill(array.data[0]);
    const padded = [...Array(shape.length - array.shape.length).fill(1), ...array.shape];
    const data = new Array(count(shape));
    const strides = padded.map((n, k) => (n === 1 ? 0 : count(padded.slice(k + 1))));
    const at = new Array(shape.length).fill(0);
    for (let k = 0; k < data.length; k++) {
      let from = 0;
      for (let axis = 0; axis < shape.length; axis++) from += at[axis] * strides[axis];
      data[k] = array.data[from];
      for (let axis = shape.length - 1; axis >= 0; axis--) {
        if (++at[axis] < shape[axis]) break;
        at[axis] = 0;
      }
    }
    return data;
  };
  /** A function of numbers applied to whatever is given: numbers, or arrays that broadcast. */
  const mapped = (f) => (...given) => {
    if (!given.some(isArray)) return f(...given);
    const arrays = given.map(asarray);
    const shape = broadcast(arrays.map((a) => a.shape));
    const [one, two, three] = arrays.map((a) => spread(a, shape));
    const size = count(shape), data = new Array(size);
    if (arrays.length === 1) for (let k = 0; k < size; k++) data[k] = f(one[k]);
    else if (arrays.length === 2) for (let k = 0; k < size; k++) data[k] = f(one[k], two[k]);
    else for (let k = 0; k < size; k++) data[k] = f(one[k], two[k], three[k]);
    return new NDArray(shape, data);
  };
  const operator = (name, f) => {
    const many = mapped(f);
    return (a, b) => {
      if (typeof a === "number" && typeof b === "number") return f(a, b);
      if (name in exactly && (a instanceof Fraction || b instanceof Fraction))
        return exactly[name](Fraction.of(a), Fraction.of(b));
      return many(a, b);
    };
  };
  const both = (a, b) => typeof a === "boolean" && typeof b === "boolean";
  const Ellipsis = Symbol("...");
  const py = {
    dots: Ellipsis,
    add: operator("add", (a, b) => a + b),
    sub: operator("sub", (a, b) => a - b),
    mul: operator("mul", (a, b) => a * b),
    div: operator("div", (a, b) => a / b),
    pow: operator("pow", (a, b) => a ** b),
    and: operator("and", (a, b) => (both(a, b) ? a && b : a & b)),
    or: operator("or", (a, b) => (typeof a === "function" || Array.isArray(a) ? [a, b].flat() : both(a, b) ? a || b : a | b)),
    shl: (a, b) => a << b,
    shr: (a, b) => a >> b,
    lt: operator("lt", (a, b) => a < b),
    le: operator("le", (a, b) => a <= b),
    gt: operator("gt", (a, b) => a > b),
    ge: operator("ge", (a, b) => a >= b),
    eq: operator("eq", (a, b) => a === b),
    ne: operator("ne", (a, b) => a !== b),
    neg: (a) => (a instanceof Fraction ? new Fraction(-a.top, a.bottom) : mapped((x) => -x)(a)),
    invert: mapped((x) => (typeof x === "boolean" ? !x : ~x)),
    truth: (x) => {
      if (x instanceof NDArray) {
        if (x.data.length !== 1) throw new TypeError("the truth of an array is ambiguous");
        return Boolean(x.data[0]);
      }
      if (x instanceof Fraction) return x.top !== 0n;
      return Array.isArray(x) ? x.length > 0 : Boolean(x);
    },
    both: (a, b) => (py.truth(a) ? b() : a),
    either: (a, b) => (py.truth(a) ? a : b()),
    contains: (all, x) => Array.from(all).some((y) => y === x || py.truth(py.eq(y, x))),
    matmul: (a, b) => {
      const [n, k] = a.shape.slice(-2), m = b.shape.at(-1), outer = a.shape.slice(0, -2);
      const data = [];
      for (let o = 0; o < count(outer); o++)
        for (let i = 0; i < n; i++)
          for (let j = 0; j < m; j++) {
            let total = 0;
            for (let l = 0; l < k; l++) total += a.data[(o * n + i) * k + l] * b.data[(o * k + l) * m + j];
            data.push(total);
          }
      return new NDArray([...outer, n, m], data);
    },
    slice: (start, stop, step) => ({ slice: true, start, stop, step }),
    iter: (x) => x,
    each: (source, element, condition) => Array.from(source).filter(condition).map(element),
    range: (a, b) => Array.from({ length: b === undefined ? a : b - a }, (_, k) => k + (b === undefined ? 0 : a)),
    zip: (...all) => {
      const lists = all.map((one) => Array.from(one));
      return lists[0].map((_, k) => lists.map((l) => l[k]));
    },
    enumerate: (x) => Array.from(x).map((value, k) => [k, value]),
    len: (x) => x.length,
    list: (x) => Array.from(x),
    tuple: (x) => Array.from(x),
    int: (x) => Math.trunc(Number(x instanceof Fraction ? x.toNumber() : scalar(x))),
    float: (x) => (x instanceof Fraction ? x.toNumber() : Number(scalar(x))),
    bool: (x) => py.truth(x),
    getattr: (x, name) => x[name],
    abs: (x) => (x instanceof Fraction ? (x.top < 0n ? py.neg(x) : x) : mapped(Math.abs)(x)),
    min: (...xs) => xs.reduce((a, b) => (py.truth(py.lt(b, a)) ? b : a)),
    max: (...xs) => xs.reduce((a, b) => (py.truth(py.gt(b, a)) ? b : a)),
    isinstance: (x, kinds) => [kinds].flat().some((kind) => x instanceof kind),
    format: (x, spec) => format(x, spec),
    get: (x, index) => get(x, index),
    set: (x, index, value) => set(x, index, value),
  };
  const scalar = (x) => (x instanceof NDArray && x.data.length === 1 ? x.data[0] : x);

  const places = (item, size) => {
    if (item && item.slice) {
      const first = item.start ?? 0, last = item.stop ?? size;
      const found = [];
      for (let k = first < 0 ? first + size : first; k < Math.min(last < 0 ? last + size : last, size); k++) found.push(k);
      return found;
    }
    return [item < 0 ? item + size : item];
  };
  /** For an index: the shape of what it picks, and the places of that in the data. */
  const picked = (x, index) => {
    let items = index;
    const dots = items.indexOf(Ellipsis);
    if (dots >= 0) {
      const fill = x.shape.length - (items.filter((i) => i !== null).length - 1);
      items = [...items.slice(0, dots), ...Array(fill).fill(py.slice(null, null, null)), ...items.slice(dots + 1)];
    }
    const shape = [];
    let at = [0], axis = 0;
    const along = (chosen, inner) => {
      const next = new Array(at.length * chosen.length);
      let k = 0;
      for (const p of at) for (const c of chosen) next[k++] = p + c * inner;
      at = next;
    };
    for (const item of items) {
      if (item === null) { shape.push(1); continue; }
      if (item instanceof NDArray && typeof item.data[0] === "boolean") {
        const rank = item.shape.length, inner = count(x.shape.slice(axis + rank));
        const chosen = item.data.flatMap((yes, k) => (yes ? [k] : []));
        along(chosen, inner);
        shape.push(chosen.length);
        axis += rank;
        continue;
      }
      const inner = count(x.shape.slice(axis + 1)), size = x.shape[axis];
      const chosen = Array.isArray(item) ? item : places(scalar(item), size);
      along(chosen, inner);
      if (Array.isArray(item) || (item && item.slice)) shape.push(chosen.length);
      axis += 1;
    }
    for (; axis < x.shape.length; axis++) {
      const inner = count(x.shape.slice(axis + 1));
      along(Array.from({ length: x.shape[axis] }, (_, k) => k), inner);
      shape.push(x.shape[axis]);
    }
    return [shape, at];
  };
  const get = (x, index) => {
    if (Array.isArray(x)) {
      if (index.length === 1 && !(index[0] && index[0].slice)) return x[places(scalar(index[0]), x.length)[0]];
      x = asarray(x);
    }
    if (!(x instanceof NDArray)) return x.get(index[0]); // a mapping
    const [shape, at] = picked(x, index);
    return shape.length ? new NDArray(shape, at.map((k) => x.data[k])) : x.data[at[0]];
  };
  const set = (x, index, value) => {
    if (!(x instanceof NDArray)) { x.set(index[0], value); return; }
    const [shape, at] = picked(x, index);
    const given = spread(asarray(value), shape);
    at.forEach((k, n) => { x.data[k] = given[n]; });
  };

  /** Python's format specifications, as far as they occur: "", "g", ".4g", "+d", ".3f". */
  const format = (x, spec) => {
    x = scalar(x);
    if (spec === "") return typeof x === "number" || x instanceof Fraction ? String(x) : String(x);
    const [, plus, , digits, kind] = /^(\+?)(\.(\d+))?([gdf])$/.exec(spec);
    const n = x instanceof Fraction ? x.toNumber() : Number(x);
    const sign = plus && n >= 0 ? "+" : "";
    if (kind === "d") return sign + String(n);
    if (kind === "f") return sign + n.toFixed(Number(digits));
    return sign + general(n, digits === undefined ? 6 : Number(digits));
  };
  const general = (n, digits) => {
    if (!Number.isFinite(n)) return Number.isNaN(n) ? "nan" : n > 0 ? "inf" : "-inf";
    if (n === 0) return Object.is(n, -0) ? "-0" : "0";
    const [mantissa, exponent] = n.toExponential(digits - 1).split("e");
    const power = Number(exponent);
    const trim = (text) => (text.includes(".") ? text.replace(/\.?0+$/, "") : text);
    if (power >= -4 && power < digits) return trim(n.toFixed(digits - 1 - power));
    const shown = Math.abs(power) < 10 ? `0${Math.abs(power)}` : String(Math.abs(power));
    return `${trim(mantissa)}e${power < 0 ? "-" : "+"}${shown}`;
  };

  const filled = (shape, value) => {
    const sizes = Array.isArray(shape) ? shape : [shape];
    return new NDArray(sizes.slice(), Array(count(sizes)).fill(value));
  };
  const log1p = Math.log1p;
  const np = {
    nan: NaN, inf: Infinity, bool_: "bool", int64: "int64", float64: "float64", newaxis: null,
    asarray: (x) => asarray(x), array: (x) => asarray(x).copy(),
    zeros: (shape) => filled(shape, 0), ones: (shape) => filled(shape, 1), full: (shape, value) => filled(shape, value),
    abs: (x) => py.abs(x), exp: mapped(Math.exp), log: mapped(Math.log), isnan: mapped(Number.isNaN),
    maximum: mapped((a, b) => (Number.isNaN(a) || Number.isNaN(b) ? NaN : Math.max(a, b))),
    minimum: mapped((a, b) => (Number.isNaN(a) || Number.isNaN(b) ? NaN : Math.min(a, b))),
    clip: (x, low, high) => np.minimum(np.maximum(x, low), high),
    where: mapped((c, a, b) => (c ? a : b)),
    select: (conditions, values, otherwise = 0) =>
      conditions.reduceRight((rest, c, k) => np.where(c, values[k], rest), otherwise),
    isin: (x, values) => mapped((v) => values.includes(v))(x),
    trace: (x) => {
      const n = x.shape.at(-1), size = n * n;
      const data = Array.from({ length: x.data.length / size }, (_, k) => {
        let total = 0;
        for (let i = 0; i < n; i++) total += x.data[k * size + i * n + i];
        return total;
      });
      return new NDArray(x.shape.slice(0, -2), data);
    },
    stack: (parts, options = {}) => {
      const arrays = parts.map(asarray), rank = arrays[0].shape.length + 1;
      const axis = (options.axis ?? 0) < 0 ? options.axis + rank : options.axis ?? 0;
      return np.concatenate(arrays.map((a) => new NDArray([...a.shape.slice(0, axis), 1, ...a.shape.slice(axis)], a.data)), { axis });
    },
    concatenate: (parts, options = {}) => {
      const arrays = parts.map(asarray), rank = arrays[0].shape.length;
      const axis = (options.axis ?? 0) < 0 ? options.axis + rank : options.axis ?? 0;
      const outer = count(arrays[0].shape.slice(0, axis)), data = [];
      for (let o = 0; o < outer; o++)
        for (const a of arrays) {
          const size = count(a.shape.slice(axis));
          for (let k = 0; k < size; k++) data.push(a.data[o * size + k]);
        }
      const shape = arrays[0].shape.slice();
      shape[axis] = arrays.reduce((total, a) => total + a.shape[axis], 0);
      return new NDArray(shape, data);
    },
  };
  const special = {
    expit: mapped((x) => (x >= 0 ? 1 / (1 + Math.exp(-x)) : Math.exp(x) / (1 + Math.exp(x)))),
    logit: mapped((x) => Math.log(x / (1 - x))),
    log_expit: mapped((x) => (x >= 0 ? -log1p(Math.exp(-x)) : x - log1p(Math.exp(x)))),
  };
  return { py, np, special, Fraction, NDArray, general };
})();
if (typeof module !== "undefined") module.exports = OB;
