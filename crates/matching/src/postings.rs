//! A growing list of slots, ascending, kept as the differences between neighbours in 7-bit groups.

/// Slots that hold one trigram.
#[derive(Debug, Default)]
pub(crate) struct Postings {
    bytes: Vec<u8>,
    next: u32,
    count: u32,
}

impl Postings {
    /// Adds a slot greater than all before it.
    pub(crate) fn push(&mut self, slot: u32) {
        let mut gap = slot - self.next;
        if self.bytes.len() == self.bytes.capacity() {
            // An eighth at a time: doubling would leave a quarter of the memory unused.
            self.bytes.reserve_exact((self.bytes.len() / 8).max(4));
        }
        while gap >= 0x80 {
            self.bytes.push(gap as u8 | 0x80);
            gap >>= 7;
        }
        self.bytes.push(gap as u8);
        self.next = slot + 1;
        self.count += 1;
    }

    /// How many slots are in the list.
    pub(crate) fn len(&self) -> usize {
        self.count as usize
    }

    /// Bytes allocated.
    pub(crate) fn bytes(&self) -> usize {
        self.bytes.capacity()
    }

    /// Calls `each` for every slot, in order.
    pub(crate) fn for_each(&self, mut each: impl FnMut(u32)) {
        let (mut next, mut gap, mut shift) = (0u32, 0u32, 0);
        for byte in &self.bytes {
            gap |= u32::from(byte & 0x7f) << shift;
            if byte & 0x80 != 0 {
                shift += 7;
                continue;
            }
            let slot = next + gap;
            each(slot);
            (next, gap, shift) = (slot + 1, 0, 0);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_goes_in_comes_out() {
        let slots = [0, 1, 5, 127, 128, 300, 70_000, 70_001, 20_000_000];
        let mut postings = Postings::default();
        slots.iter().for_each(|slot| postings.push(*slot));
        let mut out = Vec::new();
        postings.for_each(|slot| out.push(slot));
        assert_eq!(out, slots);
        assert_eq!(postings.len(), slots.len());
    }
}
