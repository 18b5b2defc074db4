package dev.tidemark.liquibase;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tidemark.plan.Epoch;
import dev.tidemark.plan.ForeignKeyChoice;
import dev.tidemark.plan.KeyChoice;
import dev.tidemark.plan.ManagedBy;
import dev.tidemark.plan.PolicyStart;
import dev.tidemark.plan.RetentionMode;
import dev.tidemark.plan.Strategy;
import dev.tidemark.plan.Verification;
import java.io.InputStream;
import java.lang.reflect.Modifier;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import javax.xml.parsers.DocumentBuilderFactory;
import org.junit.jupiter.api.Test;
import org.w3c.dom.Document;
import org.w3c.dom.Element;
import org.w3c.dom.NodeList;

/** The XSD, which XML users write by, says what the beans read, and explains all of it. */
class SchemaTest {
    private static final String XSD = "http://www.w3.org/2001/XMLSchema";

    private final Document schema = read("1.0");

    @Test
    void each_change_has_exactly_the_attributes_of_its_bean() {
        assertThat(attributes("convertToHypertable")).isEqualTo(beanAttributes(new ConvertToHypertableChange()));
        assertThat(attributes("cutoverConversion")).isEqualTo(beanAttributes(new CutoverConversionChange()));
        assertThat(attributes("finalizeConversion")).isEqualTo(beanAttributes(new FinalizeConversionChange()));
        assertThat(attributes("verifyConversion")).isEqualTo(beanAttributes(new VerifyConversionChange()));
        assertThat(attributes("convertToPartitions")).isEqualTo(beanAttributes(new ConvertToPartitionsChange()));
        assertThat(attributes("convertToPlainTable")).isEqualTo(beanAttributes(new ConvertToPlainTableChange()));
        assertThat(attributes("drainDefault")).isEqualTo(beanAttributes(new DrainDefaultChange()));
        assertThat(attributes("splitHistory")).isEqualTo(beanAttributes(new SplitHistoryChange()));
    }

    @Test
    void each_nested_table_has_exactly_the_attributes_of_its_bean() {
        assertThat(tableAttributes("convertToHypertable")).isEqualTo(new HypertableElement().attributes());
        assertThat(tableAttributes("convertToPartitions")).isEqualTo(new PartitionsElement().attributes());
        assertThat(tableAttributes("convertToPlainTable")).isEqualTo(new PlainTableElement().attributes());
    }

    /** Liquibase 4.31 takes static fields for attributes, which would change checksums from version to version. */
    @Test
    void nested_tables_have_no_constants() {
        assertThat(Stream.of(
                                TableElement.class,
                                HypertableElement.class,
                                PartitionsElement.class,
                                PlainTableElement.class)
                        .flatMap(type -> Stream.of(type.getDeclaredFields())))
                .isNotEmpty()
                .noneMatch(field -> Modifier.isStatic(field.getModifiers()));
    }

    @Test
    void the_choices_are_those_of_the_code() {
        assertThat(choices("strategyExp")).isEqualTo(words(Strategy.values()));
        assertThat(choices("epochExp")).isEqualTo(words(Epoch.values()));
        assertThat(choices("foreignKeysExp")).isEqualTo(words(ForeignKeyChoice.values()));
        assertThat(choices("keysExp")).isEqualTo(words(KeyChoice.values()));
        assertThat(choices("policiesExp")).isEqualTo(words(PolicyStart.values()));
        assertThat(choices("verifyExp")).isEqualTo(words(Verification.values()));
        assertThat(choices("retentionModeExp")).isEqualTo(words(RetentionMode.values()));
        assertThat(choices("managedByExp"))
                .containsExactlyInAnyOrderElementsOf(
                        Stream.of(ManagedBy.values()).map(ManagedBy::toString).toList());
        assertThat(choices("cutoverExp")).isEqualTo(words(ConversionChange.CutoverChoice.values()));
        assertThat(choices("copyStrategyExp")).isEqualTo(words(Strategy.AUTO, Strategy.COPY));
        assertThat(choices("copyVerifyExp")).isEqualTo(words(Verification.CONTENTS, Verification.NONE));
    }

    @Test
    void every_element_and_attribute_is_documented() {
        assertThat(Stream.concat(all("attribute"), all("element"))).isNotEmpty().allSatisfy(declared -> {
            String text = documentation(declared);
            assertThat(text).as(declared.getAttribute("name")).endsWith(".");
            if (declared.getLocalName().equals("attribute")) {
                assertThat(text).as(declared.getAttribute("name")).containsAnyOf("efault", "Required");
            }
        });
    }

    @Test
    void latest_is_the_newest_version() throws Exception {
        try (InputStream latest = stream("latest");
                InputStream newest = stream("1.0")) {
            assertThat(latest).hasSameContentAs(newest);
        }
    }

    private static Set<String> beanAttributes(TidemarkChange change) {
        Set<String> attributes = new TreeSet<>(change.getSerializableFields());
        attributes.remove("tables"); // an element
        return attributes;
    }

    private Set<String> attributes(String element) {
        return attributes(element, 0);
    }

    /** Of the {@code table} elements inside it. */
    private Set<String> tableAttributes(String element) {
        return attributes(element, 1);
    }

    private Set<String> attributes(String element, int type) {
        Set<String> names = new TreeSet<>();
        collect(
                (Element) all("element")
                        .filter(declared -> declared.getAttribute("name").equals(element))
                        .findFirst()
                        .orElseThrow()
                        .getElementsByTagNameNS(XSD, "complexType")
                        .item(type),
                names);
        return names;
    }

    /** Of this type alone, not of elements inside it. */
    private void collect(Element type, Set<String> names) {
        children(type).forEach(child -> {
            if (child.getLocalName().equals("attribute")) {
                names.add(child.getAttribute("name"));
            } else if (child.getLocalName().equals("attributeGroup")) {
                String group = child.getAttribute("ref").replace("tidemark:", "");
                all("attributeGroup")
                        .filter(declared -> declared.getAttribute("name").equals(group))
                        .forEach(declared -> collect(declared, names));
            }
        });
    }

    private List<String> choices(String type) {
        return all("simpleType")
                .filter(declared -> declared.getAttribute("name").equals(type))
                .flatMap(declared -> elements(declared.getElementsByTagNameNS(XSD, "enumeration")))
                .map(choice -> choice.getAttribute("value"))
                .sorted()
                .toList();
    }

    private static List<String> words(Enum<?>... constants) {
        return Arrays.stream(constants).map(AttributeReader::word).sorted().toList();
    }

    private static String documentation(Element declared) {
        return children(declared)
                .filter(child -> child.getLocalName().equals("annotation"))
                .map(Element::getTextContent)
                .findFirst()
                .orElse("")
                .strip();
    }

    private Stream<Element> all(String kind) {
        return elements(schema.getElementsByTagNameNS(XSD, kind));
    }

    private static Stream<Element> children(Element parent) {
        return elements(parent.getChildNodes());
    }

    private static Stream<Element> elements(NodeList nodes) {
        return IntStream.range(0, nodes.getLength())
                .mapToObj(nodes::item)
                .filter(Element.class::isInstance)
                .map(Element.class::cast);
    }

    private static Document read(String version) {
        try (InputStream xsd = stream(version)) {
            DocumentBuilderFactory factory = DocumentBuilderFactory.newInstance();
            factory.setNamespaceAware(true);
            return factory.newDocumentBuilder().parse(xsd);
        } catch (Exception e) {
            throw new IllegalStateException(e);
        }
    }

    private static InputStream stream(String version) {
        return SchemaTest.class.getResourceAsStream("/tidemark.dev/xml/ns/tidemark/tidemark-" + version + ".xsd");
    }
}
