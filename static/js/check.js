// What the server would say of a form, for the service worker when it cannot be asked.
// By the rules that the server wrote into the page (web/form_rules.py): what is wrong, as pairs of a
// field's id and a sentence, in the order of the page. The same as the server's own; an address with
// other letters than a to z is left to it.
function faultsOf({ fields, signs, phone, email }, given) {
  const again = (clean) => (typed) => {
    for (let cleaned; (cleaned = clean(typed)) !== typed; ) typed = cleaned;
    return typed;
  };
  const refuse = (why) => {
    throw { why };
  };

  // --- core/typed.py ---
  const ends = new RegExp(signs.line_ends, "g");
  const isSeen = (sign) => !signs.unseen.includes(sign) && /[\p{L}\p{N}\p{P}\p{S}\p{Mc}\p{Co}\p{Cn}]/u.test(sign);
  const isJoined = (sign) => /[\p{Lo}\p{Mn}\p{Mc}\p{So}\p{Sk}\p{Cn}]/u.test(sign ?? "");
  const seenOrNothing = (typed) => ([...typed].some(isSeen) ? typed : "");
  const composed = (typed) => {
    const shorter = typed.normalize("NFC");
    return [...shorter].length <= [...typed].length ? shorter : typed;
  };
  const stays = (sign, before, after) => {
    if (signs.joiners.includes(sign)) return isJoined(before) && isJoined(after);
    if (/[\ufe00-\ufe0f\u{e0100}-\u{e01ef}]/u.test(sign)) return after === signs.keycap || /[\p{So}\p{Lo}\p{Cn}]/u.test(before ?? "");
    return !signs.unseen.includes(sign) && !/[\p{Cc}\p{Cf}\p{Cs}]/u.test(sign);
  };
  const line = again((typed) => {
    const all = [...typed.replace(ends, " ").replace(/[\t\n]/g, " ")];
    const kept = [];
    all.forEach((sign, index) => stays(sign, kept.at(-1), all[index + 1]) && kept.push(sign));
    return seenOrNothing(composed(kept.join("")).trim().replace(/\s+/g, " "));
  });
  const isNoise = (sign) => signs.never.includes(sign) || /[\p{Cc}\p{Cs}]/u.test(sign);
  const cleanText = again((typed) => {
    const kept = [...typed.replace(ends, "\n")].filter((sign) => "\n\t".includes(sign) || !isNoise(sign)).join("");
    return seenOrNothing(kept) && composed(kept);
  });
  const text = (typed) => cleanText(typed).trim();
  // The digits of a script follow each other, ten by ten.
  const isDigit = (sign) => /\p{Nd}/u.test(sign);
  const digit = (sign) => {
    let value = 0;
    while (isDigit(String.fromCodePoint(sign.codePointAt(0) - value - 1))) value += 1;
    return value % 10;
  };
  const plain = again((typed) => line([...line(typed).normalize("NFKC")].map((sign) => (isDigit(sign) ? digit(sign) : sign)).join("")));
  const isDash = (sign) => /\p{Pd}/u.test(sign) || signs.dashes.includes(sign);

  // --- core/phones.py ---
  const is = (pattern, typed) => new RegExp(`^(?:${pattern})$`).test(typed);
  const begins = (pattern, typed) => typed.match(new RegExp(`^(?:${pattern})`))?.[0];
  const checkLength = (length, [least, most]) =>
    length < least ? refuse(phone.too_short) : length > most && refuse(phone.too_long);
  const withoutZeros = (typed) => typed.replace(/^0+/, "");
  const swedish = (rest) => {
    const [least, most] = phone.lengths;
    checkLength(rest.length, [begins(phone.begins_mobile, rest) ? most : least, most]);
    return `0${rest}`;
  };
  const abroad = (digits) => {
    checkLength(digits.length - 1, phone.lengths_abroad);
    return digits;
  };
  const digitsOf = (typed) => {
    let [said] = typed.toLowerCase().replace(new RegExp(phone.named), "").split(";");
    const isAbroad = new RegExp(phone.abroad).test(said);
    if (isAbroad) said = said.replace(new RegExp(phone.left_out, "g"), "");
    const bare = [...said].filter((sign) => !phone.between.includes(sign) && !isDash(sign)).join("");
    if (!bare) refuse(phone.too_short);
    if (!/^\+?\d+$/.test(bare)) refuse(phone.not_digits);
    return isAbroad && bare.startsWith("00") ? `+${bare.slice(2)}` : bare;
  };
  const number = (typed, { sms }) => {
    const digits = digitsOf(plain(typed));
    const rest = digits.startsWith(phone.sweden) && withoutZeros(digits.slice(phone.sweden.length));
    let found;
    if (digits.startsWith("+")) {
      const country = begins(phone.country, digits.slice(1)) ?? refuse(phone.no_country);
      found = country === phone.sweden ? swedish(withoutZeros(digits.slice(1 + country.length))) : abroad(digits);
    } else if (digits.startsWith("0")) found = swedish(withoutZeros(digits));
    else if (is(phone.mobile, digits)) found = `0${digits}`;
    else if (rest && is(phone.mobile, rest)) found = `0${rest}`;
    else refuse(digits.length < phone.lengths[0] ? phone.too_short : phone.no_beginning);
    if (sms && !found.startsWith("+") && !is(phone.mobile, found.slice(1))) refuse(phone.no_sms);
    return found;
  };

  // --- an e-mail address ---
  const LEFT_TO_THE_SERVER = "?";
  const stripped = (typed) => {
    const signs = [...typed];
    while (signs.length && email.around.includes(signs[0])) signs.shift();
    while (signs.length && email.around.includes(signs.at(-1))) signs.pop();
    return signs.join("");
  };
  const isDomain = (domain) => {
    const labels = domain.toLowerCase().split(".");
    return (
      is(email.domain, domain) && domain.length <= email.most_domain && labels.length > 1 && /[a-z]$/.test(labels.at(-1)) &&
      labels.every((label) => label.length <= email.most_label && !/^(?!xn)..--/.test(label)) &&
      !email.nobodys.some((name) => labels.join(".").endsWith(`.${name}`))
    );
  };
  const address = (typed) => {
    let found = [...line(typed)].map((sign) => email.wide[sign] ?? sign).join("");
    found = stripped(found.match(/<([^<>]*)>[\s;,.]*$/)?.[1] ?? found);
    if (/^mailto:/i.test(found)) {
      try {
        found = decodeURIComponent(found.slice("mailto:".length).split("?")[0]).trim();
      } catch {
        return LEFT_TO_THE_SERVER;
      }
    }
    const parts = found.split("@");
    if (parts.length > 2) refuse(email.only_one);
    if (parts.length < 2) refuse(email.no_at);
    if (found.includes(" ")) refuse(email.a_space);
    const [name, domain] = parts;
    if (/[^\0-\x7f]|xn--/i.test(found)) return LEFT_TO_THE_SERVER;
    if (is(email.name, name) && isDomain(domain) && found.length <= email.most) return found;
    if (!name) refuse(email.nothing_before);
    if (!domain.includes(".")) refuse(email.nothing_after);
    return refuse(found.length > email.most ? email.too_long : email.a_wrong_sign);
  };

  // --- web/forms.py ---
  const READ = { line, text, phone: number, email: address };
  const typedIn = (rule, said) => {
    let read = "";
    try {
      if (line(said)) read = READ[rule.kind](said, rule);
    } catch (fault) {
      if (!fault.why) throw fault;
      return rule.says.replace("{}", () => fault.why);
    }
    if ([...read].length > rule.most) return rule.too_long;
    if (!read) return rule.not_given;
    const country = read.startsWith("+") ? begins(phone.country, read.slice(1)) : phone.sweden;
    return rule.countries && !rule.countries.includes(country) ? rule.other_country : undefined;
  };
  const somebody = (rule, who) => {
    const avoided = given.getAll(rule.avoids);
    const meant = (word) => (Object.hasOwn(rule.means, word) ? rule.means[word] : undefined);
    const ticked = avoided.flatMap((word) => (word === rule.anybody ? [] : meant(word) ?? []));
    const asked = meant(who);
    if (!asked) return rule.not_chosen;
    if (!asked.length || !asked.every((one) => ticked.includes(one))) return undefined;
    if (avoided.includes(who)) return rule.the_same;
    return who === rule.anybody ? rule.nobody : rule.none_of_them;
  };
  // The server looks for a name before it does anything else; here nobody can.
  const cannotLook = ({ button, last, cannot_look }, said) =>
    line(said) && (given.has(button) || line(said) !== line(given.get(last) ?? "")) ? cannot_look : undefined;
  const fault = (rule) => {
    const said = given.get(rule.name) ?? "";
    const unlooked = rule.looks && cannotLook(rule.looks, said);
    if (unlooked) return unlooked;
    if (rule.only && given.get(rule.only[0]) !== rule.only[1]) return undefined;
    if (rule.means) return somebody(rule, said);
    if (rule.among) return rule.among.includes(said) ? undefined : rule.not_chosen;
    return typedIn(rule, said);
  };
  return fields.map((rule) => [rule.id, fault(rule)]).filter(([, why]) => why);
}

// What the server would answer when something in it must be mended: the form from the phone, which
// static/js/offline.js fills in and marks. Nothing when it can be kept.
async function answerFor(form, fields) {
  const page = await form?.text();
  const rules = page?.match(/id="regler"[^>]*>(.*?)<\/template>/s)?.[1];
  const faults = rules ? faultsOf(JSON.parse(rules), fields) : [];
  if (!faults.length) return undefined;
  const said = JSON.stringify({ faults, fields: [...fields] }).replace(/[<&]/g, (sign) => (sign === "<" ? "\\u003c" : "\\u0026"));
  const headers = new Headers(form.headers);
  for (const name of ["Content-Encoding", "Content-Length", "Content-Location", "ETag"]) headers.delete(name);
  headers.set("Cache-Control", "no-store");
  const answer = page.replace("</body>", () => `<template id="mer">${said}</template></body>`);
  return new Response(answer, { status: 422, headers });
}
